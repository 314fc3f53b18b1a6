using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Rlhf.Inference;

/// <summary>Tensors and notes of one safetensors file.</summary>
/// <param name="Tensors">The tensors by name.</param>
/// <param name="Metadata">The file's own notes.</param>
public sealed record SafeTensorsContent(IReadOnlyDictionary<string, WeightTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// Reads and writes the safetensors format: the header's length as a little-endian 64-bit number, a JSON header with type, shape and
/// place of each tensor, then the bytes. Whatever number type the file has becomes float32.
/// </summary>
public static class SafeTensors
{
    private const string MetadataKey = "__metadata__";

    // The format's own limit.
    private const long LargestHeader = 100_000_000;

    // Numbers are read in pieces of this size, so that a tensor's bytes are not in memory beside its floats.
    private const int Portion = 1 << 20;

    // Type is null where it is none that this library reads.
    private sealed record Entry(string Name, string TypeName, WeightType? Type, int[] Shape, long Begin, long End);

    private sealed record Header(List<Entry> Entries, Dictionary<string, string> Metadata, long DataStart);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is broken or holds a type that is not supported.</exception>
    public static SafeTensorsContent Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a file that is already in memory; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The bytes are broken or hold a type that is not supported.</exception>
    public static SafeTensorsContent Read(byte[] bytes, string source)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return Read(stream, source);
    }

    /// <summary>
    /// Opens a file whose numbers are read when they are asked for. The file stays open while one of its tensors is in use; it may be
    /// replaced by another of its name, but not written into.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">By name whether a tensor is of interest: the others may be of any type and are left out.</param>
    /// <exception cref="InvalidDataException">The file is broken or holds a wanted tensor of a type that is not supported.</exception>
    internal static Dictionary<string, WeightTensor> Open(string path, Func<string, bool> wanted)
    {
        // Shared with all: a lock would keep others from replacing the model while this one is served.
        SafeFileHandle handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        Header header;
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1))
            header = ReadHeader(stream, path);
        var tensors = new Dictionary<string, WeightTensor>();
        foreach (Entry entry in header.Entries.Where(entry => wanted(entry.Name)))
        {
            WeightType type = Supported(entry, path);
            long start = header.DataStart + entry.Begin;
            long length = entry.End - entry.Begin;
            tensors.Add(entry.Name, new WeightTensor(() => Numbers((offset, bytes) => ReadFully(handle, start + offset, bytes, path), length, type), entry.Shape));
        }

        return tensors;
    }

    /// <summary>Writes a file: first beside its place, then renamed, so that a crash leaves the old one whole.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, WeightTensor> tensors, WeightType type, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string unfinished = path + ".tmp";
        using (FileStream stream = File.Create(unfinished))
        {
            Write(stream, tensors, type, metadata);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>The bytes of a file.</summary>
    public static byte[] ToBytes(IReadOnlyDictionary<string, WeightTensor> tensors, WeightType type, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Write(stream, tensors, type, metadata);
        return stream.ToArray();
    }

    private static void Write(Stream stream, IReadOnlyDictionary<string, WeightTensor> tensors, WeightType type, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new JsonObject();
        if (metadata is { Count: > 0 })
            header[MetadataKey] = new JsonObject(metadata.Select(note => KeyValuePair.Create(note.Key, (JsonNode?)note.Value)));
        long offset = 0;
        foreach ((string name, WeightTensor tensor) in tensors)
        {
            long end = offset + (long)tensor.Values.Length * NumberBytes.Size(type);
            header[name] = new JsonObject
            {
                ["dtype"] = NumberBytes.Name(type),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString());
        // Spaces up to a multiple of 8, so that the numbers are aligned when other tools map the file.
        int padded = (text.Length + 7) / 8 * 8;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        stream.Write(length);
        stream.Write(text);
        for (int i = text.Length; i < padded; i++)
            stream.WriteByte((byte)' ');
        foreach (WeightTensor tensor in tensors.Values)
            stream.Write(NumberBytes.FromFloats(tensor.Values, type));
    }

    private static SafeTensorsContent Read(Stream stream, string source)
    {
        Header header = ReadHeader(stream, source);
        var tensors = new Dictionary<string, WeightTensor>();
        foreach (Entry entry in header.Entries)
        {
            WeightType type = Supported(entry, source);
            stream.Position = header.DataStart + entry.Begin;
            tensors.Add(entry.Name, new WeightTensor(Numbers((_, bytes) => stream.ReadExactly(bytes), entry.End - entry.Begin, type), entry.Shape));
        }

        return new SafeTensorsContent(tensors, header.Metadata);
    }

    private delegate void PortionReader(long offset, Span<byte> bytes);

    private static float[] Numbers(PortionReader read, long length, WeightType type)
    {
        int size = NumberBytes.Size(type);
        var values = new float[length / size];
        var portion = new byte[Math.Min(Portion, length)];
        for (long at = 0; at < length; at += Portion)
        {
            Span<byte> bytes = portion.AsSpan(0, (int)Math.Min(Portion, length - at));
            read(at, bytes);
            NumberBytes.ToFloats(bytes, type, values.AsSpan((int)(at / size), bytes.Length / size));
        }

        return values;
    }

    private static void ReadFully(SafeFileHandle handle, long offset, Span<byte> bytes, string path)
    {
        for (int read = 0; read < bytes.Length;)
        {
            int count = RandomAccess.Read(handle, bytes[read..], offset + read);
            read += count > 0 ? count : throw new InvalidDataException($"{path} has become shorter since it was opened.");
        }
    }

    private static WeightType Supported(Entry entry, string source) => entry.Type
        ?? throw new InvalidDataException($"{source}, '{entry.Name}': dtype is '{entry.TypeName}'; supported are F32, BF16 and F16.");

    private static Header ReadHeader(Stream stream, string source)
    {
        (JsonFields header, long dataStart) = ReadHeaderText(stream, source);
        long dataLength = stream.Length - dataStart;
        var metadata = new Dictionary<string, string>();
        var entries = new Dictionary<string, Entry>();
        foreach (JsonProperty property in header.Root.EnumerateObject())
        {
            if (property.Name == MetadataKey)
            {
                foreach (JsonProperty note in JsonFields.Of(property.Value, $"{source}, {MetadataKey}").Root.EnumerateObject())
                    metadata[note.Name] = note.Value.ToString();
            }
            else if (!entries.TryAdd(property.Name, ReadEntry(property, dataLength, source)))
            {
                throw new InvalidDataException($"{source}: '{property.Name}' is there twice.");
            }
        }

        CheckPlaces([.. entries.Values], dataLength, source);
        return new Header([.. entries.Values], metadata, dataStart);
    }

    private static (JsonFields Header, long DataStart) ReadHeaderText(Stream stream, string source)
    {
        if (stream.Length < 8)
            throw new InvalidDataException($"{source} has {stream.Length} bytes; a safetensors file starts with 8 bytes of header length.");
        Span<byte> lengthBytes = stackalloc byte[8];
        stream.ReadExactly(lengthBytes);
        long length = BinaryPrimitives.ReadInt64LittleEndian(lengthBytes);
        if (length < 2 || length > LargestHeader || length > stream.Length - 8)
            throw new InvalidDataException($"{source}: the header should have {length} bytes, but the file has {stream.Length}; it is cut off or no safetensors file.");
        var text = new byte[length];
        stream.ReadExactly(text);
        return (JsonFields.Parse(Encoding.UTF8.GetString(text), $"{source}, header"), 8 + length);
    }

    private static Entry ReadEntry(JsonProperty property, long dataLength, string source)
    {
        string where = $"{source}, '{property.Name}'";
        JsonFields fields = JsonFields.Of(property.Value, where);
        string typeName = fields.String("dtype");
        int[] shape = fields.Ints("shape");
        long[] offsets = Offsets(fields, where);
        long count = 1;
        foreach (int size in shape)
        {
            count *= size;
            if (size < 0 || count > Array.MaxLength)
                throw new InvalidDataException($"{where}: the shape [{string.Join(", ", shape)}] is negative or too large.");
        }

        if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataLength)
            throw new InvalidDataException($"{where}: the bytes {offsets[0]}..{offsets[1]} lie outside the file's {dataLength}; it is cut off or broken.");
        WeightType? type = NumberBytes.Type(typeName);
        if (type is { } known && offsets[1] - offsets[0] != count * NumberBytes.Size(known))
            throw new InvalidDataException($"{where}: [{string.Join(", ", shape)}] of {typeName} needs {count * NumberBytes.Size(known)} bytes, the header gives it {offsets[1] - offsets[0]}.");
        return new Entry(property.Name, typeName, type, shape, offsets[0], offsets[1]);
    }

    private static long[] Offsets(JsonFields fields, string where)
    {
        JsonElement value = fields.Required("data_offsets");
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2
            && value[0].ValueKind == JsonValueKind.Number && value[0].TryGetInt64(out long begin)
            && value[1].ValueKind == JsonValueKind.Number && value[1].TryGetInt64(out long end))
            return [begin, end];
        throw new InvalidDataException($"{where}: data_offsets must be two whole numbers, not {value.GetRawText()}.");
    }

    private static void CheckPlaces(List<Entry> entries, long dataLength, string source)
    {
        long end = 0;
        foreach (Entry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != end)
                throw new InvalidDataException($"{source}: '{entry.Name}' starts at byte {entry.Begin}, where {end} was expected; tensors must neither overlap nor leave gaps.");
            end = entry.End;
        }

        if (end != dataLength)
            throw new InvalidDataException($"{source}: the tensors end at byte {end} of {dataLength}; the rest belongs to none.");
    }
}
