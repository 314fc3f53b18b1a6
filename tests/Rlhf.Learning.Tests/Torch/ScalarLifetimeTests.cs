using System.Reflection;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;

namespace Rlhf.Learning.Tests.Torch;

/// <summary>
/// TorchSharp's <see cref="Scalar"/> has a finaliser, and its calls do not keep it alive: where a call makes one on the way, even for the α of
/// <c>left + right</c>, a garbage collection at the wrong moment lets native code read freed memory. So the IL is read: only
/// <see cref="Arithmetic"/> may have to do with scalars.
/// </summary>
public sealed class ScalarLifetimeTests
{
    private static readonly Assembly Sharp = typeof(Scalar).Assembly;
    private static readonly Type[] SharpTypes = Sharp.GetTypes();

    private readonly Dictionary<MethodBase, string?> _known = [];

    [Fact]
    public void Nothing_but_the_arithmetic_lets_TorchSharp_make_a_scalar()
    {
        var found = Found(typeof(CausalLm).Assembly.GetTypes().Where(type => type != typeof(Arithmetic)));

        Assert.True(found.Count == 0, $"These calls make a scalar that may be freed while it is read; take Arithmetic's:\n{string.Join('\n', found)}");
    }

    [Fact]
    public void The_calls_that_make_one_are_found()
    {
        var found = Found([typeof(Careless)]);

        Assert.Equal(Calls.MethodsOf([typeof(Careless)]).Count(method => !method.IsConstructor), found.Count);
        Assert.Contains(found, call => call.StartsWith("Rlhf.Learning.Tests.Torch.ScalarLifetimeTests.Careless.Sum", StringComparison.Ordinal) && call.Contains("op_Addition(Tensor, Tensor)"));
    }

    [Fact]
    public void Calls_that_make_none_are_left_alone() => Assert.Empty(Found([typeof(Careful)]));

    // "Norm.Apply calls Tensor.op_Addition(Tensor, Tensor), that Tensor.add(Tensor), that Scalar.op_Implicit(Int32)", one line for each calling method.
    private IReadOnlyCollection<string> Found(IEnumerable<Type> types) =>
    [
        .. from method in Calls.MethodsOf(types)
           let call = Calls.Of(method).Distinct().Where(called => called.DeclaringType?.Assembly == Sharp).Select(ToScalar).FirstOrDefault(path => path is not null)
           where call is not null
           select $"{Calls.Name(method)} calls {call}",
    ];

    // The shortest way through TorchSharp's methods to a scalar; null where there is none.
    private string? ToScalar(MethodBase method)
    {
        if (_known.TryGetValue(method, out var known))
            return known;

        var ways = new Queue<(MethodBase Method, string Way)>([(method, Calls.Name(method))]);
        var seen = new HashSet<MethodBase> { method };
        string? found = null;
        while (found is null && ways.TryDequeue(out var next))
        {
            if (HasScalar(next.Method))
                found = next.Way;

            foreach (var called in Bodies(next.Method).SelectMany(Calls.Of).Where(called => called.DeclaringType?.Assembly == Sharp && seen.Add(called)))
                ways.Enqueue((called, $"{next.Way}, that {Calls.Name(called)}"));
        }

        return _known[method] = found;
    }

    private static bool HasScalar(MethodBase method) => method.DeclaringType == typeof(Scalar) || (method as MethodInfo)?.ReturnType == typeof(Scalar)
        || method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Scalar));

    // What a call may run: the method, and of an optimiser every kind's own. TorchSharp's modules are not used, only their base.
    private static IEnumerable<MethodBase> Bodies(MethodBase method) => method.IsVirtual && method.DeclaringType == typeof(torch.optim.Optimizer)
        ? SharpTypes.Where(type => type.IsSubclassOf(method.DeclaringType)).SelectMany(type => type.GetMethods()).Where(own => own.GetBaseDefinition() == method).Append(method)
        : [method];

    private static class Careless
    {
        public static torch.Tensor Sum(torch.Tensor x, torch.Tensor y) => x + y;

        public static torch.Tensor SumInPlace(torch.Tensor x, torch.Tensor y) => x.add_(y);

        public static torch.Tensor Product(torch.Tensor x) => x * 0.5;

        public static torch.Tensor Difference(torch.Tensor x) => 1 - x;

        public static torch.Tensor Power(torch.Tensor x) => x.pow(2);

        public static torch.Tensor Square(torch.Tensor x) => x.square();

        public static torch.Tensor Bounds(torch.Tensor x) => x.clamp(0, 1);

        public static torch.Tensor Mask(torch.Tensor x, torch.Tensor mask) => x.masked_fill(mask, float.NegativeInfinity);

        public static torch.Tensor Range() => torch.arange(4);

        public static Scalar Held(torch.Tensor x) => x.ToScalar();

        public static float Number(torch.Tensor x) => x.ToSingle();

        public static void Step(torch.optim.Optimizer optimiser) => optimiser.step();
    }

    private static class Careful
    {
        public static torch.Tensor Difference(torch.Tensor x, torch.Tensor y) => (x - y) * x / y;

        public static torch.Tensor Softmax(torch.Tensor x) => x.softmax(-1).log().sum(-1).mean().neg();

        public static double Clip(TorchSharp.Modules.Parameter[] parameters) => torch.nn.utils.clip_grad_norm_(parameters, 1);

        public static float Number(torch.Tensor x) => x.item<float>();
    }
}
