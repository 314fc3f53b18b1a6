using System.Text.Json;

namespace TorchSharp.Tests.Reference;

/// <summary>What PyTorch computed; make_reference.py wrote it.</summary>
internal sealed record ReferenceFile(IReadOnlyDictionary<string, ReferenceCase> Cases, ReferenceOptimisation Adamw)
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static ReferenceFile Instance { get; } = Read();

    private static ReferenceFile Read()
    {
        using var stream = typeof(ReferenceFile).Assembly.GetManifestResourceStream("reference.json")!;
        return JsonSerializer.Deserialize<ReferenceFile>(stream, s_json)!;
    }
}

internal sealed record ReferenceCase(ReferenceTensor[] Inputs, ReferenceTensor Output, ReferenceTensor?[] Gradients);

internal sealed record ReferenceOptimisation(ReferenceTensor Start, ReferenceTensor Target, ReferenceStep[] Steps);

internal sealed record ReferenceStep(double Norm, ReferenceTensor Weight);

internal sealed record ReferenceTensor(string Type, long[] Shape, double[] Values)
{
    public torch.Tensor ToTensor() =>
        torch.tensor(Values, Shape).to(Type switch
        {
            "real" => torch.ScalarType.Float64,
            "whole" => torch.ScalarType.Int64,
            "truth" => torch.ScalarType.Bool,
            _ => throw new InvalidDataException($"The reference has a tensor of type '{Type}'."),
        });

    public void AssertClose(torch.Tensor actual, double tolerance)
    {
        Assert.Equal(Shape, actual.shape);
        var values = actual.to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(Values[i], values[i], tolerance * (1 + Math.Abs(Values[i])));
        }
    }
}
