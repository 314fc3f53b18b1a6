namespace Rlhf.Storage;

/// <summary>What an API key may be used for. A key may have several roles, and what each allows adds up.</summary>
[Flags]
public enum KeyRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// An application's key: lists models, chats, and reads and rates the conversations that were opened with keys of the
    /// same client. A thumb is pressed in the name of the conversation's user where it has one, in any name where it has none.
    /// </summary>
    Chat = 1,

    /// <summary>A rating tool's key: presses thumbs on any reply, whoever's conversation it is in, and in any rater's name.</summary>
    Rate = 2,

    /// <summary>An operator's key: promotes and rolls back versions, starts the learner, imports recorded thumbs, and sees what a watcher sees.</summary>
    Operate = 4,

    /// <summary>A scraper's key: reads the metrics, the versions and the learner's state, and changes nothing.</summary>
    Watch = 8,

    /// <summary>Everything.</summary>
    All = Chat | Rate | Operate | Watch,
}

/// <summary>Roles as an operator writes them: <c>chat,rate</c>.</summary>
public static class KeyRolesText
{
    private static readonly (KeyRoles Role, string Name)[] Names =
        [(KeyRoles.Chat, "chat"), (KeyRoles.Rate, "rate"), (KeyRoles.Operate, "operate"), (KeyRoles.Watch, "watch")];

    /// <summary>The roles that there are, for a sentence about one that there is not.</summary>
    public const string Known = "chat, rate, operate and watch";

    /// <summary>Writes roles, comma by comma, always in the same order.</summary>
    /// <param name="roles">The roles.</param>
    /// <returns>Their names, for example <c>chat,rate</c>.</returns>
    public static string Write(KeyRoles roles) => string.Join(',', Names.Where(each => roles.HasFlag(each.Role)).Select(each => each.Name));

    /// <summary>Reads roles, in any order and with spaces or without.</summary>
    /// <param name="text">Names with commas between them.</param>
    /// <returns>The roles, or null when a name is none of <see cref="Known"/>, or there is no name at all.</returns>
    public static KeyRoles? Read(string? text)
    {
        var roles = KeyRoles.None;
        foreach (var name in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var role = Names.FirstOrDefault(each => each.Name == name).Role;
            if (role == KeyRoles.None)
            {
                return null;
            }

            roles |= role;
        }

        return roles;
    }
}
