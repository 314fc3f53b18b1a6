using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;

namespace Rlhf.Server.Keys;

/// <summary>How many tokens a key may use, prompts and replies together: within a minute, by a bucket that refills steadily, and within a day of UTC.
/// What a request takes is known when it is answered, so the last one may overdraw and the next waits longer. It lives in memory: where several
/// processes answer, each counts for itself, and a restart forgives.</summary>
internal sealed class TokenBudgets(IOptions<KeyOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Budget> _budgets = new();

    /// <summary>Lets a request through whose key has tokens left, and says how many in the headers that OpenAI's clients read.</summary>
    /// <exception cref="RefusedException">There are none left; says when there are more.</exception>
    public void Require(HttpContext http)
    {
        if (BudgetOf(http) is not { } budget)
        {
            return;
        }

        var (left, wait, most, span) = budget.Look();
        http.Response.OnStarting(() => // a refusal clears what was set before it
        {
            var headers = http.Response.Headers;
            headers["x-ratelimit-limit-tokens"] = most.ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-remaining-tokens"] = Math.Max(0, left).ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-reset-tokens"] = string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(wait.TotalSeconds)}s");
            return Task.CompletedTask;
        });
        if (left <= 0)
        {
            throw new RefusedException(Refusal.TooMany, $"The API key {Caller.Of(http).KeyId} has used its {most:N0} tokens of a {span}.", retryAfter: wait);
        }
    }

    /// <summary>Takes what a request has used.</summary>
    public void Charge(HttpContext http, int tokens) => BudgetOf(http)?.Take(tokens);

    private Budget? BudgetOf(HttpContext http)
    {
        var caller = Caller.Of(http);
        var (perMinute, perDay) = (caller.TokensPerMinute ?? options.Value.TokensPerMinute, caller.TokensPerDay ?? options.Value.TokensPerDay);
        return caller.KeyId is null || (perMinute == 0 && perDay == 0) ? null : _budgets.GetOrAdd(caller.KeyId, _ => new Budget(time)).Of(perMinute, perDay);
    }

    private sealed class Budget(TimeProvider time)
    {
        private readonly Lock _gate = new();
        private long _perMinute;
        private long _perDay;
        private double _usedOfMinute;
        private long _usedOfDay;
        private DateTimeOffset _at = time.GetUtcNow();

        /// <summary>The budget under the limits as they are now: those of a configured key may change while the server runs.</summary>
        public Budget Of(long perMinute, long perDay)
        {
            lock (_gate)
            {
                (_perMinute, _perDay) = (perMinute, perDay);
                return this;
            }
        }

        /// <summary>What is left of the budget that is nearer to its end, when more of it (or all of the day's) is there, its size and what it is for.</summary>
        public (long Left, TimeSpan Wait, long Most, string Span) Look()
        {
            lock (_gate)
            {
                Refill();
                var ofMinute = _perMinute == 0 ? long.MaxValue : (long)Math.Floor(_perMinute - _usedOfMinute);
                var ofDay = _perDay == 0 ? long.MaxValue : _perDay - _usedOfDay;
                return ofDay < ofMinute
                    ? (ofDay, _at.UtcDateTime.Date.AddDays(1) - _at.UtcDateTime, _perDay, "day")
                    : (ofMinute, TimeSpan.FromMinutes(Math.Max(1, 1 - ofMinute) / (double)_perMinute), _perMinute, "minute");
            }
        }

        public void Take(int tokens)
        {
            lock (_gate)
            {
                Refill();
                _usedOfMinute += tokens;
                _usedOfDay += tokens;
            }
        }

        private void Refill()
        {
            var now = time.GetUtcNow();
            _usedOfMinute = _perMinute == 0 ? 0 : Math.Max(0, _usedOfMinute - ((now - _at).TotalMinutes * _perMinute));
            _usedOfDay = now.UtcDateTime.Date == _at.UtcDateTime.Date ? _usedOfDay : 0;
            _at = now;
        }
    }
}
