using System.Collections.Immutable;
using System.Text;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Chat;

/// <summary>A reply while it is drawn: what will be its turn.</summary>
internal sealed class ReplyDraft
{
    private readonly StringBuilder _text = new();
    private readonly ImmutableArray<int>.Builder _tokens = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<float>.Builder _logProbs = ImmutableArray.CreateBuilder<float>();

    private readonly StringBuilder _said = new();
    private readonly List<ToolCallDelta> _calls = [];
    private bool _chosen;
    private string? _filtered;

    public bool Seen { get; private set; }

    public void Add(DecodedPiece piece)
    {
        Seen = true;
        _chosen |= piece.ChosenFrom is not null;
        _filtered ??= piece.Filtered;
        _text.Append(piece.Text);
        _said.Append(piece.Said);
        _calls.AddRange(piece.ToolCalls ?? []);
        foreach (var token in piece.Tokens)
        {
            _tokens.Add(token.Id);
            _logProbs.Add(token.LogProb);
        }
    }

    /// <summary>The turn. The best of several replies keeps no log-probabilities, nor does one that was held to a format, called tools or was drawn with biases or
    /// penalties: whoever learned from them would take it for a draw from the policy.</summary>
    public Turn ToTurn(string conversation, int number, string version, ChatRequest request, string finish, DateTimeOffset at, int? systemPrompt = null, int? parent = null) =>
        new(
            conversation, number, version, request.Messages, _text.ToString(), _tokens.ToImmutable(),
            _chosen || _calls.Count > 0 || request.Sampling.ChangesPolicy ? [] : _logProbs.ToImmutable(),
            request.Sampling.Temperature, finish, at, request.RequestId,
            Constrained: request.Sampling.Format is not null || _calls.Count > 0,
            systemPrompt,
            _filtered,
            parent,
            _calls.Count > 0 ? new ChatMessage("assistant", _said.ToString(), ToolCalls.Write(ToolCalls.Of(_calls))) : null,
            request.Draft);
}
