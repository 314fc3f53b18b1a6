namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>What programs stumble over, as it is written in a request.</summary>
internal static class Hostile
{
    /// <summary>Texts in JSON; some are none.</summary>
    public static readonly string[] Texts =
    [
        "\"\"", "\" \"", "\"\\t\"", "\" x\"", "\"x \"", "\"\\u00a0\"", "\"\\u2028\"", "\"a\\u2028b\"", "\"\\u2029\"", "\"\u2028\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001b[31m\"",
        "\"\\r\\nSet-Cookie: a=b\"", "\"\u0001\"", "\"a\nb\"", "\"\\u007f\"", "\"\\u0085\"", "\"\\ud800\"", "\"x\\udc00y\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\udc4d\"", "\"👍🏽\"",
        "\"\uE000\"", "\"a\uE001b\"", "\"\uE002\"", "\"\uE003\"", "\"\uE004\"", "\"\\ufeff\"", "\"\\ufffe\"", "\"\\u202eabc\"", "\"e\\u0301\\u0301\\u0301\"", "\"ﷺﷺﷺ\"", "\"İıß\"",
        "\"NaN\"", "\"Infinity\"", "\"-0\"", "\"1\"", "\"1e5\"", "\"null\"", "\"true\"", "\"undefined\"", "\"[]\"", "\"{}\"", "\"../../etc/passwd\"", "\"%2e%2e%2f\"", "\"a/b\"", "\"a\\\\b\"",
        "\"'; DROP TABLE turns; --\"", "\"<script>alert(1)</script>\"", "\"{{7*7}}\"", "\"{% for i in range(9999999) %}x{% endfor %}\"", "\"<|im_end|>\"", "\"</s>\"", "\"<s>[INST]\"",
        "\"demo:\"", "\":demo\"", "\"demo:demo:demo\"", "\"demo: \"", "\"demo:\\u0000\"", "\"chatcmpl-\"", "\"chatcmpl- -1\"", "\"chatcmpl-\\u00a0-1\"", "\"chatcmpl-\\u0000-1\"", "\"chatcmpl-a/b-1\"",
        "\"chatcmpl-x-0\"", "\"chatcmpl-x-2147483647\"", "\"chatcmpl-x-2147483648\"", "\"chatcmpl-x--1\"", "\"chatcmpl-\\u2028-1\"", "\"chatcmpl-😀-1\"", "\"chatcmpl-chatcmpl-x-1-1\"",
        "\"\\x\"", "\"\\u12\"", "\"", "'a'", "\"\\\"", Long('x', 128), Long('x', 129), Long('é', 200), Long('x', 1025), Long('x', 8193), Long(' ', 10_000), Long('\u4e00', 30_000), Long('a', 300_000),
    ];

    /// <summary>Numbers in JSON; some are none.</summary>
    public static readonly string[] Numbers =
    [
        "0", "-0", "-0.0", "-1", "1", "1.0", "1e0", "2", "7", "0.1", "1e-400", "1e308", "1e309", "-1e999", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "0.1e1", "1E+2", "100000000000000000000000000000000000000000000000001e-50", new('9', 400),
        "1" + new string('0', 5000), "0." + new string('0', 5000) + "1", "1e99999999999", "1e-99999999999", "00", "01", "+1", ".5", "1.", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "--1", "1e", "-",
    ];

    /// <summary>Other values of JSON; some are none.</summary>
    public static readonly string[] Others =
    [
        "null", "true", "false", "[]", "{}", "[[]]", "[null]", "[{}]", "[\"\"]", "[1,\"1\",null]", "{\"\":null}", "{\"a\":1,\"a\":2}", "{\"\\ud800\":1}", "{\"type\":\"text\"}", "{\"type\":\"object\"}", "", ",",
        "nul", "True", "None", "undefined", "[,]", "[1,]", "{,}", "{\"a\"}", "{1:2}", "/**/1", "[1 2]", "]", "}",
        Nested("[", "", "]", 40), Nested("[", "", "]", 63), Nested("[", "", "]", 64), Nested("[", "", "]", 65), Nested("[", "", "]", 5000), Nested("{\"a\":", "1", "}", 60), Nested("{\"a\":", "1", "}", 5000), new('[', 100_000),
        $"[{string.Join(',', Enumerable.Repeat("null", 5000))}]", $"[{string.Join(',', Enumerable.Repeat("\"x\"", 1001))}]", $"{{{string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"{i}\":{i}"))}}}",
    ];

    /// <summary>Names of fields, as they are written.</summary>
    public static readonly string[] Names =
    [
        "\"\"", "\" \"", "\"\\ud800\"", "\"\\udc00x\"", "\"\uE000\"", "\"a\uE002\"", "\"\\u0000\"", "\"\\u2028\"", "\"\u0001\"", "\"__proto__\"", "\"constructor\"", "\"a.b\"", "\"a[0]\"", "\"$ref\"", "\"$type\"", "\"$id\"",
        "\"MODEL\"", "\"\\u006dodel\"", "\"model\"", "\"messages\"", "\"Messages\"", "\"items\"", "\"rater\"", "\"stream\"", "\"tools\"", "\"tool_choice\"", "\"functions\"", "\"service_tier\"", "\"audio\"", "\"name\"", "\"schema\"",
        "\"metadata\"", "\"conversation_id\"", "name", "'model'", "1", "null", Long('n', 200), Long('n', 50_000),
    ];

    /// <summary>JSON schemas that are wrong, or hard to hold a reply to.</summary>
    public static readonly string[] Schemas =
    [
        "{}", "true", "false", "[]", "null", "7", """{"type":"array","items":{"type":"integer"},"minItems":2000000000}""", """{"type":"string","minLength":2147483647}""", """{"type":"string","maxLength":99999999999}""",
        """{"$ref":"#"}""", """{"anyOf":[{"$ref":"#"}]}""", """{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"type":"null"}]}""", """{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""", """{"$ref":"https://example.com/a"}""",
        """{"$ref":"#/%ff"}""", """{"$ref":"#/a~2"}""", """{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"],"additionalProperties":false}""", """{"type":"string","pattern":"(a|a)*$"}""",
        """{"type":"string","pattern":"((a{1000}){1000}){1000}"}""", """{"type":"string","pattern":"a{2147483648}"}""", """{"type":"string","pattern":"(a|b|c|d|e|f){60}(x*y*z*){60}"}""", """{"type":"string","pattern":"((((((((((a?){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}"}""",
        """{"type":"string","pattern":"[\\u0000-\\uffff]{0,200}"}""", """{"type":"string","pattern":"("}""", """{"type":"string","pattern":"[z-a]"}""", """{"type":"string","pattern":"\\"}""", """{"type":"string","pattern":"(?=a)b"}""", """{"type":"string","pattern":"\ud800"}""",
        """{"type":"integer","minimum":5,"maximum":4}""", """{"type":"number","minimum":1e308,"maximum":1e309}""", """{"type":"integer","minimum":-9223372036854775809,"maximum":99999999999999999999999999}""", """{"type":"number","multipleOf":0.000001}""",
        """{"type":"integer","multipleOf":97,"minimum":1,"maximum":96}""", """{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1e-300}""", """{"enum":[]}""", """{"enum":["\ud800"]}""", """{"enum":[1e999]}""", """{"const":{"a":[1,{"b":null}]}}""", """{"type":"nothing"}""",
        """{"type":[]}""", """{"type":["string","string"]}""", """{"type":"object","required":["missing"],"additionalProperties":false}""", """{"type":"object","properties":{"\ud800":{}}}""", """{"type":"object","properties":{"a":false},"required":["a"]}""",
        """{"type":"array","items":false,"minItems":1}""", """{"type":"array","prefixItems":[],"items":true}""", """{"format":"date","type":"string","pattern":"x"}""", """{"type":"string","format":"uuid","maxLength":3}""", """{"allOf":[{}]}""", """{"not":{}}""", """{"if":{}}""",
        $"{{\"enum\":[{string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"value {i}\""))}]}}",
        $"{{\"type\":\"object\",\"properties\":{{{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"p{i}\":{{\"type\":\"integer\"}}"))}}}}}",
        Nested("""{"type":"array","items":""", "{}", "}", 30), Nested("""{"type":"object","required":["a"],"properties":{"a":""", "{}", "}}", 28), Nested("""{"anyOf":[{"type":"null"},""", """{"type":"string"}""", "]}", 29), Doubled(9),
    ];

    /// <summary>Parts of paths and of queries, as they are written.</summary>
    public static readonly string[] Segments =
    [
        "", "%00", "a%00b", "%2F", "a%2Fb", "%2f%2f", "..", "%2e%2e", "..%2f..", ".", "%20", "%09", "%0A", "%0d%0aX-A:b", "%C2%A0", "%E2%80%A8", "%E2%80%8B", "%ED%A0%80", "%FF", "%C0%80", "%", "%zz", "%u0041", "%25", "%252e", "%2500",
        "base", "BASE", "%62ase", "v1", "v2", "v-1", "v99999999999999999999", "demo", "demo:v1", "demo%3Av1", "chatcmpl-pool-1-1", "chatcmpl-%20-1", "chatcmpl-%C2%A0-1", "chatcmpl-%00-1", "{id}", "*", "'", "%22", "%3Cb%3E", "~", ";a=b", "a;b", ",", "+", "&", "=", "%F0%9F%98%80", "-", "_", ":", "@",
        "job-0", "job-1", "job--1", "job-99999999999", "NaN", "-1", "1e1000", new('a', 128), new('a', 129), new('a', 5000), new('a', 9000), string.Concat(Enumerable.Repeat("%F0%9F%98%80", 40)), string.Concat(Enumerable.Repeat("../", 50)), string.Concat(Enumerable.Repeat("a/", 300)),
    ];

    /// <summary>Waits for the learner, none of which is long.</summary>
    public static readonly string[] Timeouts = ["", "0", "-0", "0.01", "1e-5", "-1", "601", "1e9", "NaN", "Infinity", "%E2%88%9E", "0x1", "abc", "0,1", "%200", "%2B0.1", "00:00:01", "null", "%00", "9999999999999999999999"];

    /// <summary>Paths beside those of the description.</summary>
    public static readonly string[] Paths =
    [
        "/", "//", "/docs", "/docs/", "/docs/../v1/models", "/openapi/v1.json", "/openapi/v2.json", "/openapi/%2e%2e", "/dashboard", "/dashboard/", "/dashboard/version", "/v1", "/v1/", "/V1/MODELS", "/v1//models", "/v1/models/", "/v1/completions", "/v1/embeddings", "/v1/responses",
        "/v1/chat", "/v1/chat/completions/", "/v1/chat/completions/x", "/v1/chat%2Fcompletions", "/v1/conversations", "/v1/conversations/", "/v1/versions/", "/v1/versions/base", "/v1/versions//promote", "/v1/learner/", "/v1/learner/stop", "/health", "/health/", "/metrics/", "/favicon.ico",
        "/index.html", "/appsettings.json", "/../appsettings.json", "/%2e%2e/appsettings.json", "/.git/config", "/v1/models?" + new string('q', 4000), "/?a=%FF&a=%00", "/v1/models?;&=&&==", "/*", "/{path}",
    ];

    public static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get", "Post"];

    public static readonly string?[] ContentTypes =
    [
        null, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "application/json; charset=nothing", "application/xml", "application/octet-stream", "*/*", ";;;", "json",
        "application/json, application/json", "application/problem+json", "application/grpc",
    ];

    public static readonly (string Name, string Value)[] Headers =
    [
        ("Idempotency-Key", ""), ("Idempotency-Key", " "), ("Idempotency-Key", "a/b"), ("Idempotency-Key", "\"quoted\""), ("Idempotency-Key", "ключ 👍"), ("Idempotency-Key", "\u0001"), ("Idempotency-Key", new('k', 128)), ("Idempotency-Key", new('k', 129)), ("Idempotency-Key", new('k', 9000)),
        ("Accept", ""), ("Accept", "text/event-stream"), ("Accept", "application/xml"), ("Accept", "*/*;q=NaN, text/*;q=2"), ("Accept", "application/openmetrics-text;version=9"), ("Accept-Encoding", "gzip;q=nan, br;q=1, *;q=0"), ("Accept-Charset", "utf-16"), ("Accept-Language", "*,,,"),
        ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://"), ("Origin", "http://127.0.0.1:99999"), ("Origin", "a b"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "?"), ("Access-Control-Request-Method", "POST"),
        ("Host", "evil.example"), ("Host", "localhost"), ("Host", "127.0.0.1:99999"), ("Host", "[::1]"), ("Host", "a_b:c"), ("Host", "xn--ls8h"), ("Referer", "::"), ("Forwarded", "for=\"_\";;=,"), ("X-Forwarded-For", "1.2.3.4, ::"), ("X-Forwarded-Host", "evil.example"), ("X-Original-URL", "/v1/versions"), ("X-HTTP-Method-Override", "DELETE"),
        ("traceparent", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01"), ("traceparent", "00-0-0-0"), ("traceparent", "\u00ff"), ("tracestate", new('t', 2000)), ("baggage", "a=%ff,b=;c"), ("x-request-id", ""), ("x-request-id", new('r', 500)), ("x-request-id", "<b>"),
        ("Range", "bytes=0-0,-1"), ("If-None-Match", "*"), ("If-Match", "\"x"), ("If-Modified-Since", "Thu, 99 Foo 10000"), ("Content-Encoding", "gzip"), ("Content-Language", "??"), ("Content-Range", "bytes 0-1/*"), ("Expect", "200-ok"), ("Cookie", new('c', 8000)), ("Cookie", "a=;;==\""),
        ("Connection", "close"), ("Upgrade", "h2c"), ("Upgrade", "websocket"), ("Via", "1.1 x"), ("X-Long", new('x', 40_000)), ("User-Agent", "\u00e9\u00ff"), ("Date", "yesterday"), ("Max-Forwards", "-1"), ("TE", "trailers, deflate;q=NaN"),
    ];

    public static readonly string[] Authorizations = ["", "Bearer", "Bearer ", "Bearer \t", "bearer x", "Bearer rlhf_", "Bearer rlhf__", "Bearer " + new string('k', 10_000), "Basic", "Basic !!!", "Basic Og==", "Basic OnJsaGZf", "Basic /w==", "Digest a=b", "Bearer a, Bearer b", "Bearer ключ", "Negotiate AAAA"];

    private static string Long(char one, int length) => $"\"{new string(one, length)}\"";

    private static string Nested(string open, string inner, string close, int depth) =>
        string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));

    /// <summary>A schema that doubles with every reference.</summary>
    private static string Doubled(int times)
    {
        var definitions = Enumerable.Range(0, times).Select(i => $"\"d{i}\":{{\"type\":\"array\",\"prefixItems\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}}");
        return $"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{string.Join(',', definitions)},\"d{times}\":{{\"type\":\"boolean\"}}}}}}";
    }
}
