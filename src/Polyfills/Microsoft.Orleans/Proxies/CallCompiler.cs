using System.Linq.Expressions;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>Compiles, once per method, the delegate that calls it on a grain with the arguments of a tuple.</summary>
internal static class CallCompiler
{
    /// <summary>The delegate takes the token beside the tuple: the grain sees its own, not the caller's.</summary>
    public static Func<object, TArguments, CancellationToken, TReturn> Compile<TArguments, TReturn>(GrainMethod method)
    {
        var target = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(TArguments));
        var token = Expression.Parameter(typeof(CancellationToken));
        Expression call = Expression.Call(
            Expression.Convert(target, method.InterfaceType),
            method.Method,
            method.Parameters.Select((p, i) => i == method.TokenIndex ? token : ArgumentTuple.Item(arguments, i)));
        if (typeof(TReturn) != call.Type)
        {
            call = Answer(call);
        }

        return Expression.Lambda<Func<object, TArguments, CancellationToken, TReturn>>(call, target, arguments, token).Compile();
    }

    /// <summary>Reads the token that a caller passed.</summary>
    public static Func<TArguments, CancellationToken> CompileToken<TArguments>(GrainMethod method)
    {
        var arguments = Expression.Parameter(typeof(TArguments));
        return Expression.Lambda<Func<TArguments, CancellationToken>>(ArgumentTuple.Item(arguments, method.TokenIndex), arguments).Compile();
    }

    private static Expression Answer(Expression call)
    {
        if (call.Type == typeof(void))
        {
            return Expression.Block(call, Expression.Default(typeof(ValueTask<Nothing>)));
        }

        var from = typeof(Answers).GetMethods(BindingFlags.Public | BindingFlags.Static).Single(m =>
            m.GetParameters()[0].ParameterType.Name == call.Type.Name);
        return Expression.Call(call.Type.IsGenericType ? from.MakeGenericMethod(call.Type.GetGenericArguments()) : from, call);
    }

    /// <summary>The four kinds of answers as one.</summary>
    private static class Answers
    {
        public static ValueTask<T> From<T>(Task<T> task) => new(task);

        public static ValueTask<Nothing> From(Task task) => task.IsCompletedSuccessfully ? default : Await(task);

        public static ValueTask<Nothing> From(ValueTask task) => task.IsCompletedSuccessfully ? default : Await(task.AsTask());

        private static async ValueTask<Nothing> Await(Task task)
        {
            await task.ConfigureAwait(false);
            return default;
        }
    }
}
