using System.Numerics;
using System.Runtime.Intrinsics;

namespace Rlhf.Inference;

/// <summary>
/// The inner loops of decoding. What one row gets depends on that row alone, bit for bit: every sum runs in an order that knows nothing of
/// the other rows, of threads or of how a prompt was cut into steps.
/// </summary>
internal abstract unsafe class Kernels
{
    /// <summary>The widest kernels of this processor.</summary>
    public static Kernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new Kernels<Lanes512, Vector512<float>>()
        : Vector256.IsHardwareAccelerated ? new Kernels<Lanes256, Vector256<float>>()
        : new Kernels<PortableLanes, Vector<float>>();

    /// <summary>Numbers in a vector.</summary>
    public abstract int Lanes { get; }

    /// <summary>A size rounded up to whole vectors.</summary>
    public int Padded(int size) => (size + Lanes - 1) / Lanes * Lanes;

    /// <summary>y = x·Wᵀ for some panels of W, or y += x·Wᵀ.</summary>
    /// <param name="matrix">W, (out, in).</param>
    /// <param name="panels">The panels to use.</param>
    /// <param name="x">(rows, in), a row every <paramref name="xStride"/>.</param>
    /// <param name="xStride">From one row of x to the next.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="y">(rows, padded out), a row every <paramref name="yStride"/>.</param>
    /// <param name="yStride">From one row of y to the next.</param>
    /// <param name="add">Whether the product is added to what y holds.</param>
    public abstract void Multiply(PackedMatrix matrix, Range panels, float* x, int xStride, int rows, float* y, int yStride, bool add);

    /// <summary>y = x / √(mean(x²) + ε) · scale.</summary>
    /// <param name="x">A row, zeros up to the padded size.</param>
    /// <param name="scale">The norm's weights, zeros up to the padded size.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="size">The size without padding.</param>
    /// <param name="y">The result, zeros up to the padded size.</param>
    public abstract void RmsNorm(float* x, float* scale, float epsilon, int size, float* y);

    /// <summary>y = (x − mean(x)) / √(var(x) + ε) · scale + bias.</summary>
    /// <param name="x">A row, zeros up to the padded size.</param>
    /// <param name="scale">The norm's weights, zeros up to the padded size.</param>
    /// <param name="bias">The norm's bias, zeros up to the padded size.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="size">The size without padding.</param>
    /// <param name="y">The result, zeros up to the padded size.</param>
    public abstract void LayerNorm(float* x, float* scale, float* bias, float epsilon, int size, float* y);

    /// <summary>y = y + x; a whole number of vectors.</summary>
    public abstract void Add(float* x, float* y, int size);

    /// <summary>x = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (arXiv 1606.08415); a whole number of vectors.</summary>
    public abstract void Gelu(float* x, int size);

    /// <summary>gate = gate · σ(gate) · up; a whole number of vectors.</summary>
    public abstract void SwiGlu(float* gate, float* up, int size);

    /// <summary>Rotates one head by its position: (a, b) of the two halves becomes (a·cos − b·sin, b·cos + a·sin), then scales.</summary>
    public abstract void Rotate(float* head, float* cos, float* sin, int half, float scale, float* result);

    /// <summary>
    /// Query heads over the cached positions of their sequence: those that share a key-value head, of one position or of several, so that
    /// keys and values are read once for all of them.
    /// </summary>
    /// <param name="queries">(queries, padded head), rotated and scaled.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="keys">(block of positions, head, lanes): the positions of a block side by side.</param>
    /// <param name="values">(position, padded head).</param>
    /// <param name="positions">How many positions each query sees.</param>
    /// <param name="headSize">Size of a head.</param>
    /// <param name="scores">Room for the padded number of positions of two queries.</param>
    /// <param name="scoresStride">From one query's scores to the next's.</param>
    /// <param name="results">(queries, padded head).</param>
    public abstract void Attend(float* queries, int count, float* keys, float* values, int* positions, int headSize, float* scores, int scoresStride, float* results);

    /// <summary>weights = exp((logits − max) · inverse temperature); the largest logit and the sum of the weights.</summary>
    public abstract (float Max, float Sum) Exponentials(float* logits, int size, float inverseTemperature, float* weights);

    /// <summary>Multiplies weights with ones and zeros; the sum of what is kept.</summary>
    public abstract float Keep(float* weights, float* kept, int size);

    /// <summary>The sum of some numbers.</summary>
    public abstract float Sum(float* values, int size);
}
