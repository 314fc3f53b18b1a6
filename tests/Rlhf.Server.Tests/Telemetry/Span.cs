using System.Text;

namespace Rlhf.Server.Tests.Telemetry;

/// <summary>A span as it came over the wire.</summary>
/// <param name="TraceId">Its trace, in hexadecimal digits.</param>
/// <param name="Id">Its own id.</param>
/// <param name="ParentId">Its parent's id; empty for none.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Attributes">The keys of its attributes.</param>
/// <param name="Events">Its events' names.</param>
/// <param name="Links">The ids of the spans it refers to.</param>
/// <param name="Failed">Whether it says that something failed.</param>
public sealed record Span(
    string TraceId, string Id, string ParentId, string Name, IReadOnlyList<string> Attributes, IReadOnlyList<string> Events, IReadOnlyList<string> Links, bool Failed)
{
    /// <summary>Reads an ExportTraceServiceRequest: resources, scopes, spans. https://github.com/open-telemetry/opentelemetry-proto</summary>
    public static IEnumerable<Span> ReadAll(byte[] request) =>
        from resource in Fields(request, 1)
        from scope in Fields(resource, 2)
        from span in Fields(scope, 2)
        select new Span(
            Hex(span, 1),
            Hex(span, 2),
            Hex(span, 4),
            Text(span, 5),
            [.. Fields(span, 9).Select(attribute => Text(attribute, 1))],
            [.. Fields(span, 11).Select(happened => Text(happened, 2))],
            [.. Fields(span, 13).Select(link => Hex(link, 2))],
            Fields(span, 15).Any(status => status.AsSpan().IndexOf([(byte)0x18, (byte)2]) >= 0));

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).FirstOrDefault() ?? []);

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault() ?? []);

    /// <summary>The values of a field that has a length: texts, bytes and messages.</summary>
    private static List<byte[]> Fields(byte[] message, int field)
    {
        var values = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Integer(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    Integer(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    var length = (int)Integer(message, ref at);
                    if (tag >> 3 == (ulong)field)
                    {
                        values.Add(message[at..(at + length)]);
                    }

                    at += length;
                    break;
            }
        }

        return values;
    }

    private static ulong Integer(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
