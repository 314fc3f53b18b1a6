namespace Rlhf.Storage;

/// <summary>An entry of the ledger as its table holds it.</summary>
internal readonly record struct StoredRow(long Sequence, string Id, byte[] Content, byte[] Checksum);
