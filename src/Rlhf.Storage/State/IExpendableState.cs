namespace Rlhf.Storage;

/// <summary>Grain state that can be done without. Where what is stored can't be read it is set aside and told, and its grain begins as if there
/// were none; the next write takes its place.</summary>
public interface IExpendableState;
