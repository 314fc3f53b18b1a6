using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Orleans.Tests.Surface;

/// <summary>What one public type promises, each promise as a line of text: two assemblies are compared line by line.</summary>
internal sealed record TypeSurface(string Name, ImmutableHashSet<string> Lines);

/// <summary>Reads the public types of an assembly from its metadata, without loading it or what it refers to.</summary>
internal sealed class PublicSurface
{
    private readonly MetadataReader _reader;
    private readonly TypeNames _names = new();

    private PublicSurface(MetadataReader reader) => _reader = reader;

    public static IReadOnlyDictionary<string, TypeSurface> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var surface = new PublicSurface(file.GetMetadataReader());
        return surface._reader.TypeDefinitions
            .Where(surface.IsVisible)
            .Select(surface.Read)
            .ToDictionary(t => t.Name);
    }

    private bool IsVisible(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily => IsVisible(type.GetDeclaringType()),
            _ => false,
        };
    }

    private TypeSurface Read(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        var context = Generics(type.GetGenericParameters(), []);
        var lines = new List<string> { Kind(type, context) };
        lines.AddRange(type.GetInterfaceImplementations().Select(i => $"is {Name(_reader.GetInterfaceImplementation(i).Interface, context)}"));
        lines.AddRange(Constraints(type.GetGenericParameters(), context));
        lines.AddRange(Attributes(type.GetCustomAttributes()));
        lines.AddRange(type.GetFields().Select(_reader.GetFieldDefinition).Where(IsVisible).Select(f => Field(f, context)));
        lines.AddRange(type.GetMethods().Select(_reader.GetMethodDefinition).Where(IsVisible).SelectMany(m => Method(m, context)));
        lines.AddRange(type.GetProperties().Select(_reader.GetPropertyDefinition).SelectMany(Property));
        return new(_names.GetTypeFromDefinition(_reader, handle, 0), [.. lines]);
    }

    private string Kind(TypeDefinition type, TypeNames.Generics context)
    {
        var inherits = type.BaseType.IsNil ? "" : $" : {Name(type.BaseType, context)}";
        var kind = type.Attributes & (TypeAttributes.Interface | TypeAttributes.Abstract | TypeAttributes.Sealed);
        return $"{kind}{inherits}";
    }

    private string Field(FieldDefinition field, TypeNames.Generics context)
    {
        var value = field.GetDefaultValue().IsNil ? "" : $" = {Constant(field.GetDefaultValue())}";
        var readOnly = field.Attributes.HasFlag(FieldAttributes.InitOnly) ? "readonly " : "";
        var shared = field.Attributes.HasFlag(FieldAttributes.Static) ? "static " : "";
        return $"{shared}{readOnly}{field.DecodeSignature(_names, context)} {_reader.GetString(field.Name)}{value}";
    }

    private IEnumerable<string> Method(MethodDefinition method, TypeNames.Generics ofType)
    {
        var context = Generics(method.GetGenericParameters(), ofType.Type);
        var signature = method.DecodeSignature(_names, context);
        var parameters = method.GetParameters()
            .Select(_reader.GetParameter)
            .Where(p => p.SequenceNumber > 0)
            .OrderBy(p => p.SequenceNumber)
            .Zip(signature.ParameterTypes, Parameter);
        var name = $"{signature.ReturnType} {_reader.GetString(method.Name)}{Arity(signature)}({string.Join(", ", parameters)})";
        yield return $"{Access(method.Attributes)}{Modifiers(method.Attributes)}{name}";
        foreach (var constraint in Constraints(method.GetGenericParameters(), context))
        {
            yield return $"{name} {constraint}";
        }
    }

    private static string Arity(MethodSignature<string> signature) =>
        signature.GenericParameterCount == 0 ? "" : $"<{signature.GenericParameterCount}>";

    private string Parameter(Parameter parameter, string type)
    {
        var direction = parameter.Attributes.HasFlag(ParameterAttributes.Out) ? "out " : parameter.Attributes.HasFlag(ParameterAttributes.In) ? "in " : "";
        var value = parameter.GetDefaultValue().IsNil ? "" : $" = {Constant(parameter.GetDefaultValue())}";
        var optional = parameter.Attributes.HasFlag(ParameterAttributes.Optional) ? "optional " : "";
        return $"{optional}{direction}{type} {_reader.GetString(parameter.Name)}{value}";
    }

    /// <summary>Accessors are methods and already there; what they don't tell is whether a property must be set.</summary>
    private IEnumerable<string> Property(PropertyDefinition property) => Attributes(property.GetCustomAttributes())
        .Where(a => a.Contains("RequiredMember", StringComparison.Ordinal))
        .Select(a => $"{_reader.GetString(property.Name)} {a}");

    private IEnumerable<string> Constraints(GenericParameterHandleCollection parameters, TypeNames.Generics context)
    {
        foreach (var parameter in parameters.Select(_reader.GetGenericParameter))
        {
            var constraints = parameter.GetConstraints().Select(c => Name(_reader.GetGenericParameterConstraint(c).Type, context)).Order();
            yield return $"where {parameter.Index}: {parameter.Attributes} {string.Join(", ", constraints)}";
        }
    }

    /// <summary>Only attributes that the compiler or the runtime acts on.</summary>
    private IEnumerable<string> Attributes(CustomAttributeHandleCollection attributes) => attributes
        .Select(_reader.GetCustomAttribute)
        .Select(a => (Name: Name(Constructed(a.Constructor), new([], [])), a.Value))
        .Where(a => a.Name is "System.AttributeUsageAttribute" or "System.FlagsAttribute"
            or "System.Runtime.CompilerServices.RequiredMemberAttribute")
        .Select(a => $"[{a.Name} {Convert.ToHexString(_reader.GetBlobBytes(a.Value))}]");

    private EntityHandle Constructed(EntityHandle constructor) => constructor.Kind == HandleKind.MemberReference
        ? _reader.GetMemberReference((MemberReferenceHandle)constructor).Parent
        : _reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();

    private string Name(EntityHandle type, TypeNames.Generics context) => type.Kind switch
    {
        HandleKind.TypeDefinition => _names.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)type, 0),
        HandleKind.TypeReference => _names.GetTypeFromReference(_reader, (TypeReferenceHandle)type, 0),
        _ => _reader.GetTypeSpecification((TypeSpecificationHandle)type).DecodeSignature(_names, context),
    };

    private string Constant(ConstantHandle handle)
    {
        var constant = _reader.GetConstant(handle);
        return _reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode)?.ToString() ?? "null";
    }

    /// <summary>Type parameters go by their position: what they are called is nobody's business.</summary>
    private static TypeNames.Generics Generics(GenericParameterHandleCollection own, ImmutableArray<string> ofType) => ofType.IsDefaultOrEmpty
        ? new([.. own.Select((_, i) => $"!{i}")], [.. own.Select((_, i) => $"!!{i}")])
        : new(ofType, [.. own.Select((_, i) => $"!!{i}")]);

    private static bool IsVisible(FieldDefinition field) =>
        (field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static bool IsVisible(MethodDefinition method) =>
        (method.Attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static string Access(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public ? "public " : "protected ";

    private static string Modifiers(MethodAttributes attributes) =>
        (attributes.HasFlag(MethodAttributes.Static) ? "static " : "")
        + (attributes.HasFlag(MethodAttributes.Abstract) ? "abstract " : "")
        + (attributes.HasFlag(MethodAttributes.Virtual) && !attributes.HasFlag(MethodAttributes.Final) ? "virtual " : "");
}
