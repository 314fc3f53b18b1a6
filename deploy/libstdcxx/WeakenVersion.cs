// dotnet run deploy/libstdcxx/WeakenVersion.cs -- LIBRARY VERSION COPY
//
// Copies an ELF library and marks one version that it asks for, such as GLIBCXX_3.4.32, as weak: the loader then takes the library on a
// system whose libstdc++ is older. Right only where the library calls nothing of that version. TorchSharp's asks for GLIBCXX_3.4.32 because
// GCC 13 adds _ZSt21ios_base_library_initv to whatever includes <iostream>, a symbol that forces a link order and is never called.
using System.Buffers.Binary;
using System.Text;

if (args is not [var library, var version, var copy])
{
    Console.Error.WriteLine("usage: WeakenVersion LIBRARY VERSION COPY");
    return 2;
}

var elf = File.ReadAllBytes(library);
if (!elf.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
{
    Console.Error.WriteLine($"'{library}' is no 64-bit little-endian ELF file.");
    return 1;
}

// Section headers: e_shoff, e_shentsize, e_shnum. Version needs (SHT_GNU_verneed): sh_offset, sh_link (its strings), sh_info (how many).
const uint versionNeeds = 0x6ffffffe;
const ushort weak = 2;
int Section(int index) => (int)U64(0x28) + (index * U16(0x3a));
var section = Enumerable.Range(0, U16(0x3c)).Select(Section).First(header => U32(header + 4) == versionNeeds);
var strings = (int)U64(Section((int)U32(section + 0x28)) + 0x18);
var marked = 0;
var need = (int)U64(section + 0x18);
for (var needs = (int)U32(section + 0x2c); needs > 0; needs--)
{
    // Elfxx_Verneed: vn_version, vn_cnt, vn_file, vn_aux, vn_next. Elfxx_Vernaux: vna_hash, vna_flags, vna_other, vna_name, vna_next.
    var entry = need + (int)U32(need + 8);
    for (var entries = U16(need + 2); entries > 0; entries--)
    {
        if (Text(strings + (int)U32(entry + 8)) == version)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(entry + 4), (ushort)(U16(entry + 4) | weak));
            marked++;
        }

        entry += (int)U32(entry + 12);
    }

    need += (int)U32(need + 12);
}

if (marked == 0)
{
    Console.Error.WriteLine($"'{library}' does not ask for {version}.");
    return 1;
}

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(copy))!);
File.WriteAllBytes(copy + ".new", elf);
File.Move(copy + ".new", copy, overwrite: true); // whoever finds it, finds it whole
return 0;

ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(at));
uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(at));
ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(at));
string Text(int at) => Encoding.ASCII.GetString(elf.AsSpan(at, elf.AsSpan(at).IndexOf((byte)0)));
