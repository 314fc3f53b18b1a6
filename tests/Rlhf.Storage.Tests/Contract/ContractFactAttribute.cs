using Xunit.Abstractions;
using Xunit.Sdk;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests;

/// <summary>A test of a contract. Where it is for tables and there is no Azurite, it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Rlhf.Storage.Tests.ContractFactDiscoverer", "Rlhf.Storage.Tests")]
public sealed class ContractFactAttribute : FactAttribute;

/// <inheritdoc cref="ContractFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Rlhf.Storage.Tests.ContractTheoryDiscoverer", "Rlhf.Storage.Tests")]
public sealed class ContractTheoryAttribute : TheoryAttribute;

/// <summary>Finds the facts.</summary>
public sealed class ContractFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    /// <inheritdoc/>
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        Lacking.Azurite(testMethod) is { } reason
            ? [new XunitSkippedDataRowTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, reason)]
            : base.Discover(discoveryOptions, testMethod, factAttribute);
}

/// <summary>Finds the theories.</summary>
public sealed class ContractTheoryDiscoverer(IMessageSink messages) : TheoryDiscoverer(messages)
{
    /// <inheritdoc/>
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        Lacking.Azurite(testMethod) is { } reason
            ? [new XunitSkippedDataRowTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, reason)]
            : base.Discover(discoveryOptions, testMethod, factAttribute);
}

/// <summary>What a test lacks.</summary>
internal static class Lacking
{
    public static string? Azurite(ITestMethod method) =>
        method.TestClass.Class.Name.Split('.')[^1].StartsWith("Table", StringComparison.Ordinal) ? AzuriteInstallation.Missing : null;
}
