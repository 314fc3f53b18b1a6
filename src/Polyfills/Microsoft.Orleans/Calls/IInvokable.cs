using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>A call before it is made: its method and its arguments.</summary>
public interface IInvokable : IDisposable
{
    object? GetArgument(int index);

    int GetArgumentCount();

    string GetInterfaceName();

    Type GetInterfaceType();

    MethodInfo GetMethod();

    string GetMethodName();

    object? GetTarget();

    void SetArgument(int index, object value);
}
