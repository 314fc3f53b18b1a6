using System.Collections.Immutable;
using System.Text;
using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>A reply while it is drawn: what will be its turn.</summary>
internal sealed class ReplyDraft
{
    private readonly StringBuilder _text = new();
    private readonly ImmutableArray<int>.Builder _tokens = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<float>.Builder _logProbs = ImmutableArray.CreateBuilder<float>();

    public bool Seen { get; private set; }

    public void Add(DecodedPiece piece)
    {
        Seen = true;
        _text.Append(piece.Text);
        foreach (var token in piece.Tokens)
        {
            _tokens.Add(token.Id);
            _logProbs.Add(token.LogProb);
        }
    }

    public Turn ToTurn(string conversation, int number, string version, ChatRequest request, string finish, DateTimeOffset at) =>
        new(conversation, number, version, request.Messages, _text.ToString(), _tokens.ToImmutable(), _logProbs.ToImmutable(), request.Sampling.Temperature, finish, at);
}
