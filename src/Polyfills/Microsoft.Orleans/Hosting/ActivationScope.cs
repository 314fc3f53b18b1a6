namespace Orleans.Runtime;

/// <summary>Knows, inside the services of one activation, which one it is.</summary>
internal sealed class ActivationScope : IGrainContextAccessor
{
    private IGrainContext? _context;

    public IGrainContext GrainContext
    {
        get => _context ?? throw new InvalidOperationException("A grain context is only to be had from the services of an activation.");
        set => _context = value;
    }
}
