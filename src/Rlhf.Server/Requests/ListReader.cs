using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>Reads the elements of a body's list as they arrive, so that no more of the body is in memory than an element or two. Other fields are passed over.</summary>
/// <typeparam name="T">The body's shape, which says what is wrong with one that has no such list.</typeparam>
/// <param name="body">The body.</param>
/// <param name="list">The list's name.</param>
/// <param name="most">How many elements it may have.</param>
internal sealed class ListReader<T>(PipeReader body, string list, int most)
    where T : class
{
    private JsonReaderState _state;
    private Place _place;
    private int _count;

    private enum Place
    {
        Start,
        Outside,
        AtList,
        Inside,
        Behind,
    }

    /// <summary>The elements, in their order. Whoever takes one disposes of it.</summary>
    /// <exception cref="JsonException">The body is not JSON; what came before the fault was given out.</exception>
    /// <exception cref="RefusedException">The body is no object, or has no such list, or too long a one.</exception>
    public async IAsyncEnumerable<JsonDocument> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var least = 1; ;)
        {
            var arrived = await body.ReadAtLeastAsync(least, cancellationToken);
            var (found, taken) = Take(arrived.Buffer, arrived.IsCompleted);
            var rest = (int)arrived.Buffer.Slice(taken).Length;
            body.AdvanceTo(taken, arrived.Buffer.End);
            foreach (var element in found)
            {
                yield return element;
            }

            if (arrived.IsCompleted)
            {
                yield break;
            }

            least = found.Count == 0 ? (2 * rest) + 1 : rest + 1; // what comes in a thousand pieces is not looked at a thousand times
        }
    }

    /// <summary>Takes the elements that are whole, and says where the next begins. Where the body is wrong the rest of it is the server's to read.</summary>
    private (List<JsonDocument> Found, SequencePosition Taken) Take(ReadOnlySequence<byte> arrived, bool isAll)
    {
        try
        {
            var found = Take(arrived, isAll, out var taken);
            return (found, taken);
        }
        catch
        {
            body.AdvanceTo(arrived.End);
            throw;
        }
    }

    private List<JsonDocument> Take(ReadOnlySequence<byte> arrived, bool isAll, out SequencePosition taken)
    {
        var found = new List<JsonDocument>();
        var reader = new Utf8JsonReader(arrived, isAll, _state);
        var before = reader;
        while (reader.Read())
        {
            if (IsValue(reader.TokenType))
            {
                if (!JsonDocument.TryParseValue(ref reader, out var value))
                {
                    reader = before; // the rest of it has not arrived
                    break;
                }

                found.Add(Element(value));
            }
            else
            {
                Step(ref reader);
            }

            before = reader;
        }

        if (isAll && _count == 0)
        {
            RequestContract.Read<T>(JsonElement.Parse(_place == Place.Behind ? $"{{\"{list}\":[]}}" : "{}")); // refuses it
        }

        (_state, taken) = (reader.CurrentState, reader.Position);
        return found;
    }

    private bool IsValue(JsonTokenType token) => _place switch
    {
        Place.Start => token != JsonTokenType.StartObject,
        Place.AtList => token != JsonTokenType.StartArray,
        Place.Inside => token != JsonTokenType.EndArray,
        _ => false,
    };

    private void Step(ref Utf8JsonReader reader)
    {
        switch (_place)
        {
            case Place.Start:
                _place = Place.Outside;
                break;
            case Place.AtList:
                _place = Place.Inside;
                break;
            case Place.Inside:
                _place = Place.Behind;
                break;
            case Place.Outside or Place.Behind when reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } && IsList(ref reader):
                _place = _place == Place.Outside ? Place.AtList : throw Refuse.Invalid($"'{list}' is there twice.", list);
                break;
        }
    }

    private bool IsList(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() == list;
        }
        catch (InvalidOperationException)
        {
            throw Refuse.Invalid("The body has a field whose name is not valid Unicode text.");
        }
    }

    private string Text(JsonElement value)
    {
        try
        {
            return value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            throw Refuse.Invalid($"'{list}' must be a list; it is not valid Unicode text.", list);
        }
    }

    private JsonDocument Element(JsonDocument value)
    {
        if (_place == Place.Inside)
        {
            return ++_count <= most ? value : throw Refuse.Invalid($"'{list}' has more than {most:N0} elements; at most {most:N0} are allowed.", list);
        }

        using (value)
        {
            RequestContract.Read<T>(_place == Place.Start ? value.RootElement : JsonElement.Parse($"{{\"{list}\":{Text(value.RootElement)}}}")); // refuses it
            throw new InvalidOperationException($"{value.RootElement.ValueKind} was taken for a body or a list.");
        }
    }
}
