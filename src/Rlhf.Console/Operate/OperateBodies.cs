namespace Rlhf.WebConsole.Operate;

internal sealed record KeyList(IReadOnlyList<KeyItem> Data);

internal sealed record KeyItem(string Id, string Client, IReadOnlyList<string> Roles, DateTimeOffset? CreatedAt, DateTimeOffset? RevokedAt);

internal sealed record AuditList(IReadOnlyList<AuditItem> Data);

internal sealed record AuditItem(DateTimeOffset At, string Method, string Path, string Client, string Key, string Address, int Status);

internal sealed record SettingList(IReadOnlyList<SettingItem> Data);

internal sealed record SettingItem(string Name, string? Value);

internal sealed record Health(string Status);
