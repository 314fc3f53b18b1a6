using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;

namespace Rlhf.Server.Requests;

/// <summary>The field is a name, by the one rule for all of them (<see cref="Names"/>).</summary>
internal sealed class NameAttribute : RegularExpressionAttribute
{
    public NameAttribute()
        : base(Names.Pattern) => ErrorMessage = $"a name of {Names.Rule}";
}
