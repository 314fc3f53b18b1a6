using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Rlhf.Inference.Tests")]
