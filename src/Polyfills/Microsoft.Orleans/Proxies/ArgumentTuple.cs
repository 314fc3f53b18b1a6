using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;

namespace Orleans.Runtime;

/// <summary>Arguments of a call as one value tuple; after every seventh the rest is a tuple of its own.</summary>
internal static class ArgumentTuple
{
    private static readonly Type[] s_shapes =
    [
        typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>),
        typeof(ValueTuple<,,,,>), typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>), typeof(ValueTuple<,,,,,,,>),
    ];

    public static Type For(ReadOnlySpan<Type> parameters) => parameters.Length switch
    {
        0 => typeof(ValueTuple),
        <= 7 => s_shapes[parameters.Length - 1].MakeGenericType(parameters.ToArray()),
        _ => s_shapes[7].MakeGenericType([.. parameters[..7], For(parameters[7..])]),
    };

    /// <summary>Emits what makes a tuple of the arguments that lie on the stack.</summary>
    public static void EmitConstruction(ILGenerator il, Type tuple)
    {
        if (tuple == typeof(ValueTuple))
        {
            var empty = il.DeclareLocal(tuple);
            il.Emit(OpCodes.Ldloca, empty);
            il.Emit(OpCodes.Initobj, tuple);
            il.Emit(OpCodes.Ldloc, empty);
            return;
        }

        if (tuple.GetField("Rest") is { } rest)
        {
            EmitConstruction(il, rest.FieldType);
        }

        il.Emit(OpCodes.Newobj, tuple.GetConstructor(tuple.GetGenericArguments())!);
    }

    public static Expression Item(Expression tuple, int index) => index < 7
        ? Expression.Field(tuple, $"Item{index + 1}")
        : Item(Expression.Field(tuple, "Rest"), index - 7);

    /// <summary>A boxed tuple with one item replaced.</summary>
    public static object With(object tuple, int index, object? value)
    {
        if (index >= 7)
        {
            var rest = tuple.GetType().GetField("Rest")!;
            rest.SetValue(tuple, With(rest.GetValue(tuple)!, index - 7, value));
        }
        else
        {
            tuple.GetType().GetField($"Item{index + 1}", BindingFlags.Public | BindingFlags.Instance)!.SetValue(tuple, value);
        }

        return tuple;
    }
}
