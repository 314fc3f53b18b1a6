using System.Text;

namespace Rlhf.Inference.Jinja;

/// <summary>Puts a text together, marks included.</summary>
internal sealed class JinjaTextBuilder
{
    private readonly StringBuilder _value = new();
    private readonly List<Mark> _marks = [];

    public void Append(string own) => _value.Append(own);

    public void Append(JinjaText text)
    {
        int offset = _value.Length;
        _value.Append(text.Value);
        foreach (Mark mark in text.Marks)
        {
            if (_marks.Count > 0 && _marks[^1].End == mark.Start + offset && _marks[^1].Source == mark.Source)
                _marks[^1] = _marks[^1] with { End = mark.End + offset };
            else
                _marks.Add(new Mark(mark.Start + offset, mark.End + offset, mark.Source));
        }
    }

    public JinjaText ToText() => new(_value.ToString(), [.. _marks]);
}
