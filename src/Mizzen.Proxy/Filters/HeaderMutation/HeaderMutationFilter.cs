using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.HeaderMutation;

/// <summary>Adds and removes headers as destination, route, virtual host and table say, in that order unless the most specific is to win.</summary>
internal sealed class HeaderMutationFilter(HeaderMutations[] request, HeaderMutations[] response) : HttpFilter
{
    /// <summary>The filter, or null when no level changes anything.</summary>
    public static HeaderMutationFilter? Of(RouteTable table, VirtualHostModel host, RouteModel route, WeightedClusterModel? destination)
    {
        HeaderMutations[] request =
            [destination?.RequestHeaders ?? HeaderMutations.None, route.RequestHeaders, host.RequestHeaders, table.RequestHeaders];
        HeaderMutations[] response =
            [destination?.ResponseHeaders ?? HeaderMutations.None, route.ResponseHeaders, host.ResponseHeaders, table.ResponseHeaders];
        if (table.MostSpecificHeadersWin)
        {
            Array.Reverse(request);
            Array.Reverse(response);
        }

        request = Array.FindAll(request, static mutations => !mutations.IsEmpty);
        response = Array.FindAll(response, static mutations => !mutations.IsEmpty);
        return request.Length + response.Length == 0 ? null : new HeaderMutationFilter(request, response);
    }

    /// <summary>The filter of <c>header_mutation</c>: what the route says, then what the listener says.</summary>
    public static HeaderMutationFilter Of(HeaderMutationModel listener, HeaderMutationModel? route) =>
        new([.. route?.Request ?? [], .. listener.Request], [.. route?.Response ?? [], .. listener.Response]);

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        foreach (var mutations in request)
        {
            Apply(mutations, host, host.Record.Request, null);
        }

        return FilterVerdict.Continue;
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        foreach (var mutations in response)
        {
            Apply(mutations, host, head, head);
        }
    }

    public static void Apply(HeaderMutations mutations, IFilterHost host, MessageHead head, ResponseHead? response)
    {
        Span<byte> buffer = stackalloc byte[HeaderFormat.LongestValue];
        for (var i = 0; i < mutations.Add.Count; i++)
        {
            var addition = mutations.Add[i];
            var value = addition.HasOperators
                ? buffer[..HeaderFormat.Write(addition.Value, host.Record, response, buffer)]
                : addition.Value.AsSpan();
            Add(head, addition, value);
        }

        for (var i = 0; i < mutations.Remove.Count; i++)
        {
            head.Remove(mutations.Remove[i]);
        }
    }

    private static void Add(MessageHead head, HeaderAddition addition, ReadOnlySpan<byte> value)
    {
        var name = addition.Name.AsSpan();
        if (head is RequestHead request && (Ascii.EqualsIgnoreCase(name, "host"u8) || name.SequenceEqual(":authority"u8)))
        {
            request.Authority = value;
            return;
        }

        // An operator without a value leaves nothing to add (Envoy's keep_empty_value is false).
        if (value.IsEmpty && addition.HasOperators)
        {
            return;
        }

        var exists = addition.Action != HeaderAppendAction.AppendIfExistsOrAdd && head.Find(name) >= 0;
        switch (addition.Action)
        {
            case HeaderAppendAction.AddIfAbsent when exists:
            case HeaderAppendAction.OverwriteIfExists when !exists:
                break;
            case HeaderAppendAction.OverwriteIfExistsOrAdd or HeaderAppendAction.OverwriteIfExists when exists:
                head.Set(name, value);
                break;
            default:
                head.Append(name, value);
                break;
        }
    }
}
