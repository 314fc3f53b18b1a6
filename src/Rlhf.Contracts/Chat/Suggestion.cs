using Orleans;

namespace Rlhf.Contracts;

/// <summary>A reply that is stored nowhere: what somebody may start a correction from.</summary>
/// <param name="Version">The version that wrote it.</param>
/// <param name="Text">What it says, calls of tools among it in the form of the model's family.</param>
/// <param name="FinishReason">Why it ended, as in <see cref="Turn.FinishReason"/>.</param>
/// <param name="PromptTokens">How many tokens the prompt took.</param>
/// <param name="Tokens">How many tokens it has.</param>
/// <param name="ChosenFrom">Set where it is the best of several.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Suggestion")]
public sealed record Suggestion(string Version, string Text, string FinishReason, int PromptTokens, int Tokens, Candidates? ChosenFrom);

/// <summary>Asks for a <see cref="Suggestion"/>.</summary>
/// <param name="Number">The turn to answer anew.</param>
/// <param name="Author">Who asks: whoever may read the conversation, or rate in it.</param>
/// <param name="Sampling">How to draw.</param>
/// <param name="BestOf">How many replies to draw and choose the best of where the live version has a reward model.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SuggestionRequest")]
public sealed record SuggestionRequest(int Number, FeedbackAuthor Author, SamplingSettings Sampling, int BestOf);
