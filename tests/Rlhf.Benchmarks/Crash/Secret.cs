namespace Rlhf.Benchmarks.Crash;

/// <summary>What a person says that is to be erased some day: words and a name that stand nowhere else.</summary>
internal sealed class Secret(string name)
{
    /// <summary>What every secret's words and user begin with; an exclamation mark ends them.</summary>
    public const string WordsStart = "w0rds-", UserStart = "u5er-";

    private int _erased;

    /// <summary>Its conversation. The id stays when it's erased, so that it says nothing.</summary>
    public string Conversation { get; } = $"secret.{name}";

    public string Words { get; } = $"{WordsStart}{name}!";

    public string User { get; } = $"{UserStart}{name}!";

    /// <summary>The reply that was acknowledged as stored.</summary>
    public string? Reply { get; set; }

    /// <summary>Whether the user's thumb on it was acknowledged.</summary>
    public bool Rated { get; set; }

    /// <summary>Whether the user rated another conversation, too: then only erasing the user erases it all.</summary>
    public bool IsElsewhere { get; set; }

    /// <summary>Whether nothing more is said in it.</summary>
    public bool Ended { get; set; }

    /// <summary>Whether its erasing was asked for, answered or not.</summary>
    public bool Asked { get; set; }

    /// <summary>Whether its conversation is acknowledged as gone.</summary>
    public bool Erased => Volatile.Read(ref _erased) > 0;

    /// <summary>Whether its user is acknowledged as gone.</summary>
    public bool UserErased => Volatile.Read(ref _erased) > 1;

    public void Erase(bool user) => Interlocked.Exchange(ref _erased, user ? 2 : 1);
}
