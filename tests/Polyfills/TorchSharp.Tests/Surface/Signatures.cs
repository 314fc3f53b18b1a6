using System.Globalization;
using System.Reflection;

namespace TorchSharp.Tests.Surface;

/// <summary>One line for each public or protected member of an assembly, the same for assemblies that agree on it.</summary>
internal static class Signatures
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetTypes().Where(IsVisible).SelectMany(type => type.GetMembers(Declared).SelectMany(member => Of(type, member)));

    private static IEnumerable<string> Of(Type type, MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } constructor when IsVisible(constructor) => [$"{Name(type)} :: new({Parameters(constructor.GetParameters())})"],
        MethodInfo method when IsVisible(method) && !IsAccessor(method) =>
            [$"{Name(type)} :: {Static(method)}{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method.GetParameters())})"],
        PropertyInfo property => new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>().Where(IsVisible).Select(accessor =>
            $"{Name(type)} :: {Static(accessor)}{Name(property.PropertyType)} {accessor.Name}[{Parameters(property.GetIndexParameters())}]"),
        FieldInfo { IsSpecialName: false } field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly =>
            [$"{Name(type)} :: {(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}"],
        _ => [],
    };

    private static bool IsVisible(Type type) =>
        (type.IsPublic || type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) &&
        (type.DeclaringType is null || IsVisible(type.DeclaringType));

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && (method.Name.StartsWith("get_", StringComparison.Ordinal) || method.Name.StartsWith("set_", StringComparison.Ordinal));

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(",", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var start = parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        return $"{start}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Constant(parameter.RawDefaultValue)}" : "")}";
    }

    private static string Constant(object? value) => value switch
    {
        null => "null",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!) + "&";
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        var name = Plain(type);
        return type.IsGenericType ? $"{name}<{string.Join(",", type.GetGenericArguments().Select(Name))}>" : name;
    }

    private static string Plain(Type type)
    {
        var name = type.Name.Split('`')[0];
        return type.DeclaringType is { } outer ? $"{Plain(outer)}.{name}" : name;
    }
}
