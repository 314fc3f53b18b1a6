using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Runtime
{
    /// <summary>
    /// Emits, once per grain interface, the class behind its references: a <see cref="GrainReference"/> whose methods
    /// pack their arguments into a tuple and hand it on. Nothing is looked up when a method is called.
    /// </summary>
    internal static class ProxyFactory
    {
        private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        private static readonly ConcurrentDictionary<Type, Func<SiloRuntime, GrainId, GrainReference>> s_factories = new();
        private static readonly ConcurrentDictionary<Assembly, ModuleBuilder> s_modules = new();
        private static readonly Type[] s_constructor = [typeof(SiloRuntime), typeof(GrainId), typeof(Type)];
        private static readonly Lock s_emitting = new();

        public static GrainReference Create(Type interfaceType, SiloRuntime silo, GrainId id)
        {
            if (!s_factories.TryGetValue(interfaceType, out var factory))
            {
                lock (s_emitting)
                {
                    factory = s_factories.GetOrAdd(interfaceType, EmitFactory);
                }
            }

            return factory(silo, id);
        }

        private static Func<SiloRuntime, GrainId, GrainReference> EmitFactory(Type interfaceType)
        {
            var proxy = Emit(interfaceType);
            var silo = Expression.Parameter(typeof(SiloRuntime));
            var id = Expression.Parameter(typeof(GrainId));
            var create = Expression.New(proxy.GetConstructor(s_constructor)!, silo, id, Expression.Constant(interfaceType));
            return Expression.Lambda<Func<SiloRuntime, GrainId, GrainReference>>(create, silo, id).Compile();
        }

        private static Type Emit(Type interfaceType)
        {
            var module = s_modules.GetOrAdd(interfaceType.Assembly, DefineModule);
            var type = module.DefineType(
                $"Proxies.{interfaceType.FullName}", TypeAttributes.Class | TypeAttributes.Sealed, typeof(GrainReference), [interfaceType]);
            EmitConstructor(type);
            var methods = GrainInterface.MethodsOf(interfaceType).Select((m, i) => EmitMethod(type, m, i)).ToArray();
            var proxy = type.CreateType();
            foreach (var method in methods)
            {
                proxy.GetField(method.Field, BindingFlags.Static | BindingFlags.NonPublic)!.SetValue(null, method.Method);
            }

            return proxy;
        }

        private static ModuleBuilder DefineModule(Assembly contracts)
        {
            var assembly = AssemblyBuilder.DefineDynamicAssembly(
                new AssemblyName($"{contracts.GetName().Name}.Proxies"), AssemblyBuilderAccess.Run);
            var ignoresAccessChecks = typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!;
            foreach (var name in new[] { contracts, typeof(GrainReference).Assembly }.Select(a => a.GetName().Name!).Distinct())
            {
                assembly.SetCustomAttribute(new CustomAttributeBuilder(ignoresAccessChecks, [name]));
            }

            return assembly.DefineDynamicModule("Proxies");
        }

        private static void EmitConstructor(TypeBuilder type)
        {
            var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, s_constructor).GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Ldarg_3);
            il.Emit(OpCodes.Call, typeof(GrainReference).GetConstructor(Internal, s_constructor)!);
            il.Emit(OpCodes.Ret);
        }

        private static (string Field, GrainMethod Method) EmitMethod(TypeBuilder type, MethodInfo method, int index)
        {
            var parameters = method.GetParameters().Select(p => p.ParameterType).ToArray();
            var arguments = ArgumentTuple.For(parameters);
            var (send, kind) = Send(method.ReturnType, arguments);
            var known = (GrainMethod)Activator.CreateInstance(kind, method.DeclaringType, method)!;
            var field = type.DefineField($"m{index}", kind, FieldAttributes.Static | FieldAttributes.Private);

            var body = type.DefineMethod(
                $"{method.DeclaringType!.FullName}.{method.Name}",
                MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
                method.ReturnType,
                parameters);
            var il = body.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldsfld, field);
            for (var i = 1; i <= parameters.Length; i++)
            {
                il.Emit(OpCodes.Ldarg, (short)i);
            }

            ArgumentTuple.EmitConstruction(il, arguments);
            il.Emit(OpCodes.Call, send);
            il.Emit(OpCodes.Ret);
            type.DefineMethodOverride(body, method);
            return (field.Name, known);
        }

        /// <summary>Which method of <see cref="GrainReference"/> makes a call with this return type, and how such a method is described.</summary>
        private static (MethodInfo Send, Type Kind) Send(Type returns, Type arguments)
        {
            var result = returns.IsGenericType ? returns.GetGenericArguments()[0] : typeof(Nothing);
            var shape = returns.IsGenericType ? returns.GetGenericTypeDefinition() : returns;
            var (name, kind) =
                shape == typeof(IAsyncEnumerable<>) ? (nameof(GrainReference.CallStream), typeof(StreamMethod<,>))
                : shape == typeof(ValueTask<>) ? (nameof(GrainReference.CallValueTask), typeof(GrainMethod<,>))
                : shape == typeof(ValueTask) ? (nameof(GrainReference.CallPlainValueTask), typeof(GrainMethod<,>))
                : shape == typeof(void) ? (nameof(GrainReference.CallVoid), typeof(GrainMethod<,>))
                : (nameof(GrainReference.CallTask), typeof(GrainMethod<,>));
            var send = typeof(GrainReference).GetMethod(name, Internal)!;
            return (
                send.MakeGenericMethod(send.GetGenericArguments().Length == 1 ? [arguments] : [arguments, result]),
                kind.MakeGenericType(arguments, result));
        }
    }
}

namespace System.Runtime.CompilerServices
{
    /// <summary>Known to the runtime by its name: lets the emitted classes implement interfaces that are internal.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}
