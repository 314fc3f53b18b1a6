using Rlhf.Contracts;

namespace Rlhf.Server.Errors;

/// <summary>Refuses bad input.</summary>
internal static class Refuse
{
    public static RefusedException Invalid(string message, string? param = null) => new(Refusal.Invalid, message, param);
}
