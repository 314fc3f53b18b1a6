using System.Buffers.Binary;

namespace Rlhf.Storage.Tables;

/// <summary>
/// Whether the tables answer, as the last request found it, and what can't be in them while they don't: a version 7 id
/// holds the time at which it was made, and about one made after their last answer nobody here has stored anything.
/// So a conversation that is opened meanwhile needn't ask them.
/// </summary>
internal sealed class Contact(TimeProvider time)
{
    // Before this process began another one may have stored something.
    private long lastAnswer = time.GetUtcNow().ToUnixTimeMilliseconds();
    private volatile bool lost;

    /// <summary>Whether the last request was not answered.</summary>
    public bool Lost => lost;

    public void Answered()
    {
        Interlocked.Exchange(ref lastAnswer, time.GetUtcNow().ToUnixTimeMilliseconds());
        lost = false;
    }

    public void Failed() => lost = true;

    /// <summary>Whether nothing about an id can be in the tables, which don't answer.</summary>
    public bool RulesOut(string id)
    {
        if (!lost || !Guid.TryParseExact(id, "N", out var guid) || guid.Version != 7)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        var made = (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        return made > Interlocked.Read(ref lastAnswer);
    }
}
