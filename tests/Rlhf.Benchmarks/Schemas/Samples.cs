namespace Rlhf.Benchmarks.Schemas;

/// <summary>Schemas as applications send them.</summary>
internal static class Samples
{
    public static IReadOnlyList<string> All { get; } =
    [
        """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150}},"required":["name","age"],"additionalProperties":false}""",
        """{"type":"object","properties":{"sentiment":{"enum":["positive","neutral","negative"]},"confidence":{"type":"number","minimum":0,"maximum":1}},"required":["sentiment","confidence"],"additionalProperties":false}""",
        """{"type":"object","properties":{"steps":{"type":"array","maxItems":4,"items":{"type":"object","properties":{"explanation":{"type":"string","maxLength":40},"output":{"type":"string","maxLength":20}},"required":["explanation","output"],"additionalProperties":false}},"final_answer":{"type":"string","maxLength":20}},"required":["steps","final_answer"],"additionalProperties":false}""",
        """{"type":"object","properties":{"date":{"type":"string","format":"date"},"time":{"type":"string","format":"time"},"participants":{"type":"array","items":{"type":"string","minLength":1,"maxLength":12},"minItems":1,"maxItems":3}},"required":["date","time","participants"],"additionalProperties":false}""",
        """{"type":"object","properties":{"type":{"enum":["div","button","header","section","field","form"]},"label":{"type":"string","maxLength":10},"children":{"type":"array","maxItems":3,"items":{"$ref":"#"}}},"required":["type","label","children"],"additionalProperties":false}""",
        """{"type":"object","properties":{"linked_list":{"$ref":"#/$defs/node"}},"$defs":{"node":{"type":"object","properties":{"value":{"type":"number"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}},"required":["linked_list"],"additionalProperties":false}""",
        """{"type":"object","properties":{"item":{"anyOf":[{"type":"object","properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer"}},"additionalProperties":false,"required":["name","age"]},{"type":"object","properties":{"number":{"type":"string","pattern":"^[0-9]{1,4}$"},"street":{"type":"string","maxLength":20},"city":{"type":"string","maxLength":20}},"additionalProperties":false,"required":["number","street","city"]}]}},"additionalProperties":false,"required":["item"]}""",
        """{"type":"array","items":{"type":"integer"},"minItems":3,"maxItems":10}""",
        """{"type":"array","prefixItems":[{"type":"string","maxLength":8},{"type":"number"},{"type":"boolean"}],"items":false,"minItems":3}""",
        """{"type":"object","properties":{"order_id":{"type":"string","pattern":"^ORD-\\d{6}$"},"lines":{"type":"array","minItems":1,"maxItems":3,"items":{"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]{3}\\d{2}$"},"quantity":{"type":"integer","minimum":1,"maximum":99},"price":{"type":"number","multipleOf":0.01,"minimum":0,"maximum":1000}},"required":["sku","quantity","price"],"additionalProperties":false}}},"required":["order_id","lines"],"additionalProperties":false}""",
        """{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"email":{"type":"string","format":"email"},"created":{"type":"string","format":"date-time"}},"required":["id","email","created"],"additionalProperties":false}""",
        """{"type":"object","properties":{"nickname":{"type":["string","null"],"maxLength":15},"scores":{"type":"array","items":{"type":"number","exclusiveMinimum":-1,"exclusiveMaximum":1},"maxItems":5}},"required":["nickname","scores"],"additionalProperties":false}""",
        """{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"},"c":{"type":"boolean"},"d":{"type":"boolean"},"e":{"type":"boolean"}}}""",
        """{"type":"object","additionalProperties":{"type":"integer","minimum":0}}""",
        """{"type":"object"}""",
        """{"type":"object","properties":{"city":{"const":"Zürich"},"größe":{"type":"integer","multipleOf":5,"minimum":0,"maximum":500},"名":{"type":"string","maxLength":5}},"required":["city","größe","名"],"additionalProperties":false}""",
        """{"type":"object","properties":{"matrix":{"type":"array","minItems":2,"maxItems":2,"items":{"type":"array","minItems":2,"maxItems":2,"items":{"type":"number","minimum":-1,"maximum":1}}}},"required":["matrix"],"additionalProperties":false}""",
        """{"type":"object","properties":{"filter":{"$ref":"#/definitions/expr"}},"required":["filter"],"definitions":{"expr":{"anyOf":[{"type":"object","properties":{"and":{"type":"array","minItems":2,"maxItems":2,"items":{"$ref":"#/definitions/expr"}}},"required":["and"],"additionalProperties":false},{"type":"object","properties":{"field":{"enum":["name","size","date"]},"op":{"enum":["=","<",">"]},"value":{"type":["string","number"],"maxLength":10}},"required":["field","op","value"],"additionalProperties":false}]}}}""",
        """{"type":"object","properties":{"title":{"type":"string","minLength":5,"maxLength":60},"body":{"type":"string","minLength":20,"maxLength":200},"tags":{"type":"array","items":{"type":"string","pattern":"^[a-z][a-z-]*$","maxLength":12},"maxItems":4}},"required":["title","body","tags"],"additionalProperties":false}""",
        """{"anyOf":[{"type":"object","properties":{"ok":{"const":true},"result":{}},"required":["ok","result"],"additionalProperties":false},{"type":"object","properties":{"ok":{"const":false},"error":{"type":"string","maxLength":40}},"required":["ok","error"],"additionalProperties":false}]}""",
    ];
}
