namespace Rlhf.Storage;

/// <summary>Grain state that can be done without. Where what is stored can't be read it is set aside and told, and its grain begins as if there
/// were none; the next write takes its place.</summary>
public interface IExpendableState;

/// <summary>Grain state whose grain goes on where it can't be read, and has to know of it.</summary>
public interface IDamageableState : IExpendableState
{
    /// <summary>Why what is stored can't be read; null where it can, or where nothing is stored.</summary>
    string? Damage { get; set; }
}
