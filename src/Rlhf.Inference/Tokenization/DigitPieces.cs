using System.Text;

namespace Rlhf.Inference;

/// <summary>Numbers on their own, digit by digit or as runs; what lies between them is a piece, too.</summary>
internal sealed class DigitPieces(bool individual) : PreTokenizer
{
    public override void Split(string text, List<int> ends)
    {
        bool before = false;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool number = Rune.IsNumber(rune);
            if (at > 0 && (number != before || (number && individual)))
                ends.Add(at);
            before = number;
            at += rune.Utf16SequenceLength;
        }

        if (at > 0)
            ends.Add(at);
    }
}
