using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Rlhf.Contracts;

namespace Rlhf.Server.Tests.Requests;

/// <summary>What holds for every request. The cases are the same in each run.</summary>
public sealed class RequestProperties(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Chat = "v1/chat/completions";
    private const string Thumb = "v1/feedback";
    private const string Import = "v1/feedback/import";
    private const string Cases = "20261130,7";

    [Property(MaxTest = 400, Replay = Cases, QuietOnSuccess = true, Arbitrary = [typeof(Generators)])]
    public async Task Any_value_in_any_field_is_taken_or_refused(Field field, Value value)
    {
        using var response = await fixture.Server.Client.PostAsync(field.Route, new StringContent(field.With(value), Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode is 200 or 400 or 404, $"{field} {value}: {(int)response.StatusCode} {text}");
        if (!response.IsSuccessStatusCode)
        {
            Assert.Equal(["code", "message", "param", "type"], JsonNode.Parse(text)!["error"]!.AsObject().Select(part => part.Key).Order());
        }
    }

    [Property(MaxTest = 300, Replay = Cases, QuietOnSuccess = true, Arbitrary = [typeof(Generators)])]
    public async Task Any_item_of_an_import_is_taken_or_reported_and_the_rest_goes_in(Value value, Value other)
    {
        var good = $$"""{"id":"{{Guid.NewGuid()}}","messages":[],"completion":"Sure.","thumbs":"up"}""";
        using var response = await fixture.Server.Client.PostAsync(Import, new StringContent($$"""{"items":[{{value.Json}},{{good}},{{other.Json}}]}""", Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, $"{value} {other}: {text}");
        var report = JsonNode.Parse(text)!;
        Assert.True((int)report["imported"]! >= 1, text);
        Assert.DoesNotContain(1, report["rejected"]!.AsArray().Select(rejected => (int)rejected!["index"]!));
        Assert.Equal(3, (int)report["imported"]! + (int)report["duplicates"]! + report["rejected"]!.AsArray().Count);
    }

    [Property(MaxTest = 300, Replay = Cases, QuietOnSuccess = true, Arbitrary = [typeof(Generators)])]
    public async Task Every_door_takes_the_same_names(Name name)
    {
        var good = name.Text.Length is >= 1 and <= Names.Longest && name.Text.Trim() == name.Text && name.Text is not ("." or "..") && !name.Text.Any(one => char.IsControl(one) || one is '\u2028' or '\u2029');
        Assert.Equal(good, Names.AreGood(name.Text));

        // There is no such completion, which is found out after the rater was looked at.
        using var pressed = await fixture.Server.Client.PostAsJsonAsync(Thumb, new { completion_id = "chatcmpl-nowhere-1", thumbs = "up", rater = name.Text });
        Assert.Equal(good ? 404 : 400, (int)pressed.StatusCode);
        using var takenBack = await fixture.Server.Client.DeleteAsync($"{Thumb}?completion_id=chatcmpl-nowhere-1&rater={Uri.EscapeDataString(name.Text)}");
        Assert.Equal(good ? 404 : 400, (int)takenBack.StatusCode);
    }

    /// <summary>A field of a request.</summary>
    public sealed record Field(string Route, string Name)
    {
        private static readonly Dictionary<string, (string Name, string Json)[]> Bodies = new()
        {
            [Chat] = [("model", "\"demo\""), ("messages", """[{"role":"user","content":"hi"}]"""), ("max_tokens", "2")],
            [Thumb] = [("completion_id", "\"chatcmpl-nowhere-1\""), ("thumbs", "\"up\""), ("rater", "\"ann\"")],
            [Import] = [("items", "[]")],
        };

        private static readonly string[] OfChat =
        [
            "max_completion_tokens", "temperature", "top_p", "top_k", "seed", "stop", "response_format", "n", "best_of", "stream", "stream_options", "logprobs", "top_logprobs", "logit_bias",
            "frequency_penalty", "presence_penalty", "store", "user", "metadata", "tools", "tool_choice", "parallel_tool_calls", "service_tier", "nobody_knows",
        ];

        public static IReadOnlyList<Field> All { get; } =
        [
            .. Bodies.SelectMany(body => body.Value.Select(field => new Field(body.Key, field.Name))),
            .. OfChat.Select(name => new Field(Chat, name)),
            .. ((string[])["comment", "tags", "nobody_knows"]).Select(name => new Field(Thumb, name)),
        ];

        /// <summary>A body that is good but for this field, perhaps.</summary>
        public string With(Value value) =>
            $"{{{string.Join(',', Bodies[Route].Where(field => field.Name != Name).Append((Name, value.Json)).Select(field => $"\"{field.Item1}\":{field.Item2}"))}}}";
    }

    /// <summary>A value as JSON.</summary>
    public sealed record Value(string Json);

    /// <summary>What may be a name.</summary>
    public sealed record Name(string Text);

    /// <summary>How the cases are made.</summary>
    public static class Generators
    {
        private const int Deepest = 3;

        private static readonly string[] Literals =
        [
            "null", "true", "false", "0", "-0", "1", "-1", "0.5", "2.0", "1e2", "7", "2147483648", "-9223372036854775809", "1e-400", "1e308", "1e999", "\"\"", "\" \"", "\"demo\"", "\"up\"", "\"text\"", "\"json_object\"", "\"auto\"", "\"NaN\"", "\"1\"",
            "\"\\ud800\"", "\"x\\udc00\"", "\"\\u0000\"", "\"\\u2028\"", "\"\\u00a0\"", "\"\\ud83d\\udc4d\"", $"\"{new string('x', 129)}\"", $"\"{new string('x', 9000)}\"", "[]", "{}",
        ];

        private static readonly string[] Keys = ["role", "content", "type", "text", "user", "include_usage", "conversation_id", "json_schema", "schema", "name", "id", "messages", "completion", "thumbs", "rater", "5", "", "\\ud800", "\\u0000"];

        private static readonly string[] Pieces = ["a", "b", "Z", "0", "é", "咖", "👍", "/", ".", "\"", "\\", "%", " ", "\t", "\n", "\0", "\u007f", "\u0085", "\u00a0", "\u2028", "\u2029", "\u3000", "\ufeff", new string('x', 60)];

        public static Arbitrary<Field> Fields() => Gen.Elements<Field>(Field.All).ToArbitrary();

        public static Arbitrary<Value> Values() => OfDepth(Deepest).Select(json => new Value(json)).ToArbitrary();

        public static Arbitrary<Name> NamesOfAnySort() =>
            (from length in Gen.Choose(0, 6)
             from pieces in Gen.ArrayOf(Gen.Elements<string>(Pieces), length)
             select new Name(string.Concat(pieces))).ToArbitrary();

        private static Gen<string> OfDepth(int depth)
        {
            var leaf = Gen.Elements<string>(Literals);
            if (depth == 0)
            {
                return leaf;
            }

            var list = from count in Gen.Choose(0, 4)
                       from items in Gen.ArrayOf(OfDepth(depth - 1), count)
                       select $"[{string.Join(',', items)}]";
            var map = from count in Gen.Choose(0, 4)
                      from names in Gen.ArrayOf(Gen.Elements<string>(Keys), count)
                      from values in Gen.ArrayOf(OfDepth(depth - 1), count)
                      select $"{{{string.Join(',', names.Zip(values, (name, value) => $"\"{name}\":{value}"))}}}";
            return Gen.OneOf(leaf, list, map);
        }
    }
}
