using System.Text;
using Google.Protobuf;

namespace Mizzen.Proxy.Configuration;

/// <summary>The accepted configuration as JSON, grouped by type: what <c>/config_dump</c> shows.</summary>
internal static class ConfigDump
{
    private static readonly JsonFormatter Formatter =
        new(JsonFormatter.Settings.Default.WithTypeRegistry(KnownTypes.Registry).WithPreserveProtoFieldNames(true));

    public static string Write(IEnumerable<(string TypeUrl, string Name, IMessage Message)> messages)
    {
        var text = new StringBuilder("{\"configs\":[");
        var separator = "";
        foreach (var (typeUrl, name, message) in messages)
        {
            text.Append(separator).Append("{\"@type\":").Append(JsonText.Quote(typeUrl)).Append(",\"name\":").Append(JsonText.Quote(name)).Append(",\"resource\":");
            text.Append(Formatter.Format(message)).Append('}');
            separator = ",\n";
        }

        return text.Append("]}\n").ToString();
    }
}
