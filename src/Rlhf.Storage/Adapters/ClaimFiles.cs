using System.Globalization;
using System.Text;

namespace Rlhf.Storage;

/// <summary>Claims as files beside the adapters: <c>v7.claim</c> holds the latest token and, once the version is
/// settled, <c>accepted</c> or <c>rejected</c>. The folder's lock keeps other processes out; within this one the
/// caller lets one in at a time.</summary>
internal sealed class ClaimFiles(string versions)
{
    public const string Extension = ".claim";

    public VersionClaim Claim(string version)
    {
        var standing = Standing(version);
        return standing.Accepted is null ? Write(version, standing with { Token = standing.Token + 1 }) : standing;
    }

    public void Require(string version, long claim)
    {
        var standing = Standing(version);
        if (claim == 0 || standing != new VersionClaim(claim, Accepted: null))
        {
            throw new ClaimLostException(version, claim, standing);
        }
    }

    public void Settle(string version, long claim, bool accepted)
    {
        var settled = new VersionClaim(claim, accepted);
        if (Standing(version) != settled)
        {
            Require(version, claim);
            Write(version, settled);
        }
    }

    /// <summary>Whether a version was settled to be published: then it has an adapter.</summary>
    public bool IsAccepted(string version) => Standing(version).Accepted is true;

    private string FileOf(string version) => Path.Combine(versions, FileName.Checked(version, "version") + Extension);

    private VersionClaim Standing(string version) => Read(FileOf(version));

    /// <summary>What a claim's file holds; a claim by nobody where there is none.</summary>
    /// <exception cref="StorageDamagedException">It holds something else.</exception>
    public static VersionClaim Read(string file)
    {
        if (!File.Exists(file))
        {
            return new VersionClaim(0, Accepted: null);
        }

        var words = File.ReadAllText(file).TrimEnd('\n').Split(' ');
        return long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var token) && words[1..] is [] or ["accepted"] or ["rejected"]
            ? new VersionClaim(token, words.Length == 1 ? null : words[1] == "accepted")
            : throw new StorageDamagedException($"{file} is damaged: it does not hold a claim. Restore it from a backup.");
    }

    private VersionClaim Write(string version, VersionClaim claim)
    {
        var verdict = claim.Accepted switch { true => " accepted", false => " rejected", null => "" };
        Durable.WriteFile(FileOf(version), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{claim.Token}{verdict}\n")));
        return claim;
    }
}
