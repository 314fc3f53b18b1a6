using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>How many tokens a key may use, prompts and replies together: within a minute, by a bucket that refills steadily, and within a day of UTC.
/// What a request takes is known when it is answered: until then what it may take at most is set aside, so that only the last of those let in may
/// overdraw, however many come at once. It lives in memory: where several
/// processes answer, each counts for itself, and a restart forgives.</summary>
internal sealed class TokenBudgets(IOptions<KeyOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Budget> _budgets = new();

    /// <summary>What is left of a caller's budget; null for one without.</summary>
    public TokensLeft? Look(HttpContext http) => BudgetOf(http)?.Look();

    /// <summary>Lets a request through whose key has tokens left.</summary>
    /// <param name="http">The request.</param>
    /// <param name="most">The most tokens that it may take.</param>
    /// <returns>What is set aside; to be settled when the request has ended, however it ends.</returns>
    /// <exception cref="FailureException">There are none left; says when there are more.</exception>
    public SetAside Take(HttpContext http, long most)
    {
        var budget = BudgetOf(http);
        if (budget?.TryTake(most) is { } spent)
        {
            throw new FailureException(new Failure(
                429, $"The API key {Caller.Of(http).KeyId} has used its {spent.Most:N0} tokens of a {spent.Span}, with what its requests under way may take.", Code: "rate_limit_exceeded", RetryAfter: spent.Wait));
        }

        return new SetAside(budget, most);
    }

    private Budget? BudgetOf(HttpContext http)
    {
        if (http.User.Identity is not Caller { KeyId: { } key } caller)
        {
            return null;
        }

        var (perMinute, perDay) = (caller.TokensPerMinute ?? options.Value.TokensPerMinute, caller.TokensPerDay ?? options.Value.TokensPerDay);
        return perMinute == 0 && perDay == 0 ? null : _budgets.GetOrAdd(key, _ => new Budget(time)).Of(perMinute, perDay);
    }

    /// <summary>What is set aside for a request.</summary>
    internal readonly struct SetAside(Budget? budget, long most)
    {
        /// <summary>Puts what the request has used in its place.</summary>
        public void Settle(int used) => budget?.Settle(most, used);
    }

    internal sealed class Budget(TimeProvider time)
    {
        private readonly Lock _gate = new();
        private long _perMinute;
        private long _perDay;
        private double _usedOfMinute;
        private long _usedOfDay;
        private long _setAside;
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
        public TokensLeft Look()
        {
            lock (_gate)
            {
                Refill();
                var ofMinute = _perMinute == 0 ? long.MaxValue : (long)Math.Floor(_perMinute - _usedOfMinute - _setAside);
                var ofDay = _perDay == 0 ? long.MaxValue : _perDay - _usedOfDay - _setAside;
                return ofDay < ofMinute
                    ? new(ofDay, _at.UtcDateTime.Date.AddDays(1) - _at.UtcDateTime, _perDay, "day")
                    : new(ofMinute, TimeSpan.FromMinutes(Math.Max(1, 1 - ofMinute) / (double)_perMinute), _perMinute, "minute");
            }
        }

        /// <summary>Sets tokens aside, or says what is spent.</summary>
        public TokensLeft? TryTake(long most)
        {
            lock (_gate)
            {
                if (Look() is { Left: <= 0 } spent)
                {
                    return spent;
                }

                _setAside += most;
                return null;
            }
        }

        public void Settle(long most, int used)
        {
            lock (_gate)
            {
                Refill();
                _setAside -= most;
                _usedOfMinute += used;
                _usedOfDay += used;
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

/// <summary>What is left of a budget.</summary>
/// <param name="Left">The tokens that are left; negative where the last request overdrew.</param>
/// <param name="Wait">When more of them, or all of the day's, are there.</param>
/// <param name="Most">The budget's size.</param>
/// <param name="Span">What it is for: a minute or a day.</param>
internal readonly record struct TokensLeft(long Left, TimeSpan Wait, long Most, string Span);
