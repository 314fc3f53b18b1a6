namespace Rlhf.Statistics.Texts;

/// <summary>ROUGE-L of a text against a reference: the longest common subsequence of words (Lin 2004), as F1 of its part of the text and of the reference.</summary>
public static class RougeL
{
    /// <summary>The score, from 0 to 1.</summary>
    public static double Score(IReadOnlyList<string> text, IReadOnlyList<string> reference)
    {
        var common = LongestCommon(text, reference);
        return common == 0 ? 0 : 2.0 * common / (text.Count + reference.Count);
    }

    private static int LongestCommon(IReadOnlyList<string> text, IReadOnlyList<string> reference)
    {
        var row = new int[reference.Count + 1];
        foreach (var word in text)
        {
            var diagonal = 0;
            for (var j = 1; j < row.Length; j++)
            {
                (diagonal, row[j]) = (row[j], word == reference[j - 1] ? diagonal + 1 : Math.Max(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
