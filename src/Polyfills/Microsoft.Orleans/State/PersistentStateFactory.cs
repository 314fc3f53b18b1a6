using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>Makes the states that a grain class asks for in its constructor.</summary>
internal static class PersistentStateFactory
{
    private static readonly MethodInfo s_create =
        typeof(PersistentStateFactory).GetMethod(nameof(Create), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static Func<Activation, object> For(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is not { } named
            || !type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new OrleansConfigurationException(
                $"Parameter {parameter.Name} of {parameter.Member.DeclaringType} is {type}; [PersistentState] belongs on an IPersistentState<T>.");
        }

        var create = s_create.MakeGenericMethod(type.GetGenericArguments())
            .CreateDelegate<Func<Activation, IPersistentStateConfiguration, object>>();
        return activation => create(activation, named);
    }

    private static object Create<TState>(Activation activation, IPersistentStateConfiguration named)
    {
        var storage = named.StorageName is null
            ? activation.ActivationServices.GetService<IGrainStorage>()
            : activation.ActivationServices.GetKeyedService<IGrainStorage>(named.StorageName);
        if (storage is null)
        {
            throw new BadProviderConfigException(
                $"State \"{named.StateName}\" of {activation.GrainId} is to be kept in \"{named.StorageName ?? "the default storage"}\", which is not configured.");
        }

        var state = new StateStorageBridge<TState>(named.StateName, activation, storage);
        activation.ObservableLifecycle.Subscribe($"state {named.StateName}", GrainLifecycleStage.SetupState, state.ReadStateAsync);
        return state;
    }
}
