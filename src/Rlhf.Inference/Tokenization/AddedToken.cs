namespace Rlhf.Inference;

/// <summary>A token that stands for a text as a whole, found before anything else; an entry of <c>added_tokens</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it steers the model (it is never read out of what a user types, nor shown) or is just text.</param>
/// <param name="LeftStrip">Whether blanks before it belong to it.</param>
/// <param name="RightStrip">Whether blanks behind it belong to it.</param>
/// <param name="SingleWord">Whether it is found only where no word goes on at its ends.</param>
internal sealed record AddedToken(int Id, string Content, bool Special = true, bool LeftStrip = false, bool RightStrip = false, bool SingleWord = false);
