using Rlhf.Learning.Rewards;

namespace Rlhf.Learning.Tests.Rewards;

public sealed class JudgeAnswerTests
{
    [Theory]
    [InlineData("""{"score": 10}""", 1)]
    [InlineData("""{"score":"1"}""", -1)]
    [InlineData("10", 1)]
    [InlineData(" 5.5 ", 0)]
    [InlineData("Here you are:\n```json\n{\"score\": 10}\n```", 1)]
    [InlineData("<think>The score is 1? {\"score\": 1} No.</think>\n{\"score\": 10}", 1)]
    [InlineData("It is polite. **Score:** 10/10", 1)]
    [InlineData("At first sight the score is 3. But it is brief, so the score is 10.", 1)]
    public void A_score_is_read(string answer, double score) => Assert.Equal(score, JudgeAnswer.Score(answer), 12);

    [Theory]
    [InlineData("")]
    [InlineData("good")]
    [InlineData("""{"score": 0}""")]
    [InlineData("""{"score": 10.5}""")]
    [InlineData("""{"score": null}""")]
    [InlineData("""{"grade": 5}""")]
    [InlineData("a score from 1 to 10 would be too much said")]
    [InlineData("7 or 8")]
    public void What_holds_no_score_is_refused(string answer) => Assert.Throws<FormatException>(() => JudgeAnswer.Score(answer));

    [Theory]
    [InlineData("""{"better": "A"}""", 1)]
    [InlineData("""{"better":"b"}""", -1)]
    [InlineData("""{"better":"tie"}""", 0)]
    [InlineData("B", -1)]
    [InlineData("Tie.", 0)]
    [InlineData("<think>A is better</think> B is better.", -1)]
    [InlineData("Reply A is better because it is brief.", 1)]
    public void A_verdict_is_read(string answer, double verdict) => Assert.Equal(verdict, JudgeAnswer.Better(answer));

    [Theory]
    [InlineData("")]
    [InlineData("A or B")]
    [InlineData("""{"better": "C"}""")]
    [InlineData("Both are good.")]
    public void What_holds_no_verdict_is_refused(string answer) => Assert.Throws<FormatException>(() => JudgeAnswer.Better(answer));
}
