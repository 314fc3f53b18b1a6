namespace Rlhf.Storage;

/// <summary>Ids that become file names: nothing in them may lead out of their folder or hide a file.</summary>
internal static class FileName
{
    private const int MaxLength = 64;

    public static string Checked(string id, string what)
    {
        var good = id is { Length: > 0 and <= MaxLength } && id[0] != '.'
            && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        return good
            ? id!
            : throw new ArgumentException(
                $"'{id}' can't be a {what}: use 1 to {MaxLength} letters, digits, '.', '-' or '_', and no '.' at the start.");
    }
}
