using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Tests.Configuration;

/// <summary>xDS messages written as JSON.</summary>
internal static class XdsText
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(KnownTypes.Registry));

    public static T Message<T>(string json)
        where T : IMessage, new() => Parser.Parse<T>(json);

    public static Any Packed<T>(string json)
        where T : IMessage, new() => Any.Pack(Message<T>(json));
}
