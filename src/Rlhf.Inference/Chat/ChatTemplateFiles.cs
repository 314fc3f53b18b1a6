using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>Finds a model folder's chat template, in <c>tokenizer_config.json</c> or in <c>chat_template.jinja</c>, and writes it.</summary>
internal static class ChatTemplateFiles
{
    private const string ConfigFile = "tokenizer_config.json";
    private const string TemplateFile = "chat_template.jinja";

    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "pad_token"];

    /// <summary>The folder's format; without a template that of models made here where the vocabulary has its tokens, otherwise the plain one.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="tokenizer">Its vocabulary.</param>
    /// <param name="endIds">Tokens that end a text, as the model's config has them.</param>
    /// <exception cref="InvalidDataException">The template is broken or uses what is not supported; the message names file and line.</exception>
    public static ChatTemplate Load(string folder, Tokenizer tokenizer, IReadOnlyList<int> endIds)
    {
        string path = Path.Combine(folder, ConfigFile);
        string json = File.Exists(path) ? File.ReadAllText(path) : "{}";
        JsonFields config = JsonFields.Parse(json, path);
        string templatePath = Path.Combine(folder, TemplateFile);
        bool ownFile = File.Exists(templatePath);
        string? source = ownFile ? File.ReadAllText(templatePath) : Source(config, "default");
        if (source == ChatTemplate.Jinja || (source is null && ChatTemplate.Specials.All(content => tokenizer.SpecialId(content) is not null)))
            return new ChatTemplate(tokenizer);

        var names = new Dictionary<string, string>();
        foreach (string name in TokenNames)
        {
            if (Token(config, name) is { } content)
                names.Add(name, content);
        }

        int? end = names.TryGetValue("eos_token", out string? eos) && tokenizer.SpecialId(eos) is { } id ? id
            : endIds.Count > 0 && tokenizer.Knows(endIds[0]) ? endIds[0] : null;
        if (end is { } known)
            names["eos_token"] = tokenizer.SpecialTokens.FirstOrDefault(token => token.Value == known).Key ?? tokenizer.Decode([known]);
        string where = ownFile ? templatePath : $"{path}, 'chat_template'";
        if (source is null && end is null)
            throw new InvalidDataException($"{path}: there is neither a chat_template nor an eos_token, and config.json has no eos_token_id; nothing would end a reply.");
        try
        {
            // Without a template of its own a text begins as the tokenizer begins it; a template writes that itself.
            var format = new TemplateFormat(tokenizer, source ?? ChatTemplate.PlainJinja, names, source is null ? tokenizer.Parts.Before : [], end, ownFile ? null : Source(config, "tool_use"));
            JsonObject kept = JsonNode.Parse(json)!.AsObject();
            if (ownFile)
                kept["chat_template"] = source;
            return new ChatTemplate(tokenizer, format, kept.ToJsonString(Layout) + "\n");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{where}: {e.Message}", e);
        }
    }

    /// <summary>Writes a <c>tokenizer_config.json</c> with the template, for other tools and for <see cref="Load"/>.</summary>
    public static void Save(string folder, ChatTemplate template, ModelConfig config)
    {
        string json = template.ConfigJson ?? new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["add_prefix_space"] = false,
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = config.ContextLength,
            ["eos_token"] = ChatTemplate.End,
            ["pad_token"] = ChatTemplate.End,
            ["additional_special_tokens"] = new JsonArray(ChatTemplate.System, ChatTemplate.User, ChatTemplate.Assistant, ChatTemplate.Tool),
            ["chat_template"] = ChatTemplate.Jinja,
        }.ToJsonString(Layout) + "\n";
        File.WriteAllText(Path.Combine(folder, ConfigFile), json);
    }

    // A model may bring several by name; the one for plain chats is called default, and one with tools may be called tool_use.
    private static string? Source(JsonFields config, string name)
    {
        if (!config.Has("chat_template"))
            return null;
        if (config.Required("chat_template") is not { ValueKind: JsonValueKind.Array } list)
            return name == "default" ? config.OptionalString("chat_template") : null;
        foreach (JsonElement element in list.EnumerateArray())
        {
            JsonFields named = JsonFields.Of(element, $"{config.Source}, 'chat_template'");
            if (named.String("name") == name)
                return named.String("template");
        }

        return name != "default" ? null : throw config.Wrong("chat_template", "a template, or a list with one whose name is 'default'");
    }

    // A token is written as a string, or as an object with its flags.
    private static string? Token(JsonFields config, string name) =>
        !config.Has(name) ? null : config.Required(name).ValueKind == JsonValueKind.Object ? config.Object(name).String("content") : config.OptionalString(name);
}
