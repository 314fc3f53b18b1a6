using System.ComponentModel.DataAnnotations;

namespace Rlhf.Server.Hosting;

/// <summary>The model that is served. Section <c>Model</c> of the configuration.</summary>
public sealed class ModelOptions
{
    /// <summary>The model's folder, as Hugging Face lays it out.</summary>
    /// <value>The default value is the demo model: the nearest <c>deploy/models/demo</c> above the working folder or the program.</value>
    public string? Path { get; set; }

    /// <summary>What clients call the model.</summary>
    /// <value>The default value is <c>demo</c>.</value>
    [Required, RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    public string Name { get; set; } = "demo";

    /// <summary>The folder to load.</summary>
    /// <exception cref="DirectoryNotFoundException">No folder is named, and there is no demo model.</exception>
    public string Folder => System.IO.Path.GetFullPath(Path ?? Nearest(Environment.CurrentDirectory) ?? Nearest(AppContext.BaseDirectory)
        ?? throw new DirectoryNotFoundException("There is no model: no deploy/models/demo lies above the working folder or the program. Name a model folder with --model DIR."));

    private static string? Nearest(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var demo = System.IO.Path.Combine(folder.FullName, "deploy", "models", "demo");
            if (Directory.Exists(demo))
            {
                return demo;
            }
        }

        return null;
    }
}
