using System.Security.Cryptography;
using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>The weights of a model folder: one safetensors file, or several with an index that tells which tensor lies where.</summary>
internal sealed class WeightFiles
{
    public const string SingleFile = "model.safetensors";
    public const string IndexFile = "model.safetensors.index.json";

    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string>? _fileOf;
    private readonly string[] _files;

    private WeightFiles(string folder, IReadOnlyDictionary<string, string>? fileOf, string[] files)
    {
        _folder = folder;
        _fileOf = fileOf;
        _files = files;
    }

    /// <summary>Finds the files; where both layouts are there, the single file counts.</summary>
    /// <exception cref="FileNotFoundException">Neither layout is there, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">The index is broken.</exception>
    public static WeightFiles Find(string folder)
    {
        if (File.Exists(Path.Combine(folder, SingleFile)))
            return new WeightFiles(folder, null, [SingleFile]);
        string indexPath = Path.Combine(folder, IndexFile);
        if (!File.Exists(indexPath))
            throw new FileNotFoundException($"The model folder '{folder}' lacks {SingleFile}, and {IndexFile}, which would name its shards.", Path.Combine(folder, SingleFile));
        var fileOf = new Dictionary<string, string>();
        JsonFields map = JsonFields.Parse(File.ReadAllText(indexPath), indexPath).Object("weight_map");
        foreach (JsonProperty entry in map.Root.EnumerateObject())
        {
            string? file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (string.IsNullOrEmpty(file) || file != Path.GetFileName(file))
                throw new InvalidDataException($"{map.Source}: '{entry.Name}' lies in {entry.Value.GetRawText()}; the name of a file in the same folder is needed.");
            if (!fileOf.TryAdd(entry.Name, file))
                throw new InvalidDataException($"{map.Source}: '{entry.Name}' is there twice.");
        }

        if (fileOf.Count == 0)
            throw new InvalidDataException($"{map.Source} is empty; it must name the file of each tensor.");
        string[] files = [.. fileOf.Values.Distinct().Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            if (!File.Exists(Path.Combine(folder, file)))
                throw new FileNotFoundException($"The model folder '{folder}' lacks the shard {file}, one of {files.Length} that {IndexFile} names.", Path.Combine(folder, file));
        }

        return new WeightFiles(folder, fileOf, files);
    }

    /// <summary>The tensors, read when they are asked for; those that <paramref name="redundant"/> knows are left out.</summary>
    /// <exception cref="InvalidDataException">A file is broken, holds an unsupported type, or does not hold what the index says.</exception>
    public Dictionary<string, WeightTensor> Open(Func<string, bool> redundant)
    {
        var tensors = new Dictionary<string, WeightTensor>();
        foreach (string file in _files)
        {
            string path = Path.Combine(_folder, file);
            Dictionary<string, WeightTensor> part = SafeTensors.Open(path, name => !redundant(name));
            foreach ((string name, WeightTensor tensor) in part)
            {
                if (_fileOf is not null && _fileOf.GetValueOrDefault(name) != file)
                    throw new InvalidDataException($"{path} holds '{name}', which {IndexFile} {(_fileOf.TryGetValue(name, out string? other) ? $"has in {other}" : "does not name")}.");
                tensors.Add(name, tensor);
            }

            string? missing = _fileOf?.FirstOrDefault(entry => entry.Value == file && !redundant(entry.Key) && !part.ContainsKey(entry.Key)).Key;
            if (missing is not null)
                throw new InvalidDataException($"{path} lacks '{missing}', which {IndexFile} has there.");
        }

        return tensors;
    }

    /// <summary>SHA-256 in hexadecimal of the weights' files, one after the other in the order of their names.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var portion = new byte[1 << 20];
        foreach (string file in _files)
        {
            using FileStream stream = File.OpenRead(Path.Combine(_folder, file));
            for (int count = stream.Read(portion); count > 0; count = stream.Read(portion))
                hash.AppendData(portion, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
