using Mizzen.Proxy.Runtime;
using Message = Envoy.Extensions.Filters.Http.Buffer.V3;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>Buffer messages.</summary>
internal static class BufferCompiler
{
    private const uint Most = 64 * 1024 * 1024;

    public static FilterKind Kind { get; } = new FilterKind<Message.Buffer, Message.BufferPerRoute>
    {
        Name = "envoy.filters.http.buffer",
        Listener = Compile,
        Route = static (message, problems) => message.OverrideCase == Message.BufferPerRoute.OverrideOneofCase.Buffer
            ? new FilterOverride(Compile(message.Buffer, problems))
            : new FilterOverride(null, IsDisabled: message.Disabled),
    };

    private static BufferModel? Compile(Message.Buffer message, Problems problems)
    {
        if (message.MaxRequestBytes is > 0 and <= Most and var bytes)
        {
            return new BufferModel((int)bytes);
        }

        problems.Add($"max_request_bytes: needs a number from 1 to {Most}");
        return null;
    }
}
