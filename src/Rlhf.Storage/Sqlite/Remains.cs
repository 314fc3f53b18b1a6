using Microsoft.Data.Sqlite;

namespace Rlhf.Storage.Sqlite;

/// <summary>
/// What erasing leaves in a database's file. SQLite overwrites a row that is deleted (<c>secure_delete</c>), but not the copies of rows that lie in the unused
/// part of a page since a tree was balanced. Only writing the whole file anew takes them away; that takes a second for some 100 MiB, so that it is not done
/// for each erasure.
/// </summary>
internal sealed class Remains(Session session)
{
    /// <summary>Whether something was erased since the file was written anew.</summary>
    public bool Exist { get; private set; } = Look(session);

    /// <summary>Notes, in the transaction that erases, that something will be left.</summary>
    public void Note() => session.Execute("INSERT OR IGNORE INTO remains VALUES(1)");

    /// <summary>Tells that the transaction was committed.</summary>
    public void Noted() => Exist = true;

    /// <summary>Writes the file anew where it is not larger than <paramref name="largest"/> bytes. The caller empties the write-ahead log then.</summary>
    public void Clear(long largest)
    {
        try
        {
            if (Exist && session.Number("PRAGMA page_count") * session.Number("PRAGMA page_size") <= largest)
            {
                session.Script("VACUUM");
                session.Execute("DELETE FROM remains");
                Exist = false;
            }
        }
        catch (SqliteException)
        {
            // A full disk, most likely: nothing was changed, and it is tried again later.
        }
    }

    private static bool Look(Session session)
    {
        try
        {
            return session.Number("SELECT id FROM remains") is not null;
        }
        catch (SqliteException)
        {
            return false; // a damaged file is not written anew: the check after the start tells of it
        }
    }
}
