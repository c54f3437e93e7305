using Envoy.Config.Overload.V3;
using Envoy.Extensions.ResourceMonitors.DownstreamConnections.V3;
using Envoy.Extensions.ResourceMonitors.FixedHeap.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>A bootstrap's <c>overload_manager</c> as the limits of the process.</summary>
internal static class OverloadCompiler
{
    private const string FixedHeap = "envoy.resource_monitors.fixed_heap";
    private const string Connections = "envoy.resource_monitors.global_downstream_max_connections";

    public static OverloadModel Compile(OverloadManager message, Problems problems)
    {
        using var scope = problems.At("overload_manager");
        var model = new OverloadModel
        {
            RefreshInterval = TimeSpan.FromMilliseconds(Math.Max(1, Values.Milliseconds(message.RefreshInterval, 1000))),
        };
        foreach (var monitor in message.ResourceMonitors)
        {
            model = With(model, monitor, problems);
        }

        return model with { Triggers = [.. message.Actions.SelectMany(action => Triggers(action, model, problems))] };
    }

    private static OverloadModel With(OverloadModel model, ResourceMonitor monitor, Problems problems)
    {
        using var scope = problems.At($"resource_monitors[{monitor.Name}]");
        switch (monitor.Name)
        {
            case FixedHeap when Values.Unpack<FixedHeapConfig>(monitor.TypedConfig, monitor.Name, problems) is { } heap:
                return heap.MaxHeapSizeBytes is > 0 and <= long.MaxValue
                    ? model with { MaxHeapBytes = (long)heap.MaxHeapSizeBytes }
                    : Refuse("max_heap_size_bytes: needs a number of bytes above 0");
            case Connections when Values.Unpack<DownstreamConnectionsConfig>(monitor.TypedConfig, monitor.Name, problems) is { } connections:
                return connections.MaxActiveDownstreamConnections > 0
                    ? model with { MaxConnections = connections.MaxActiveDownstreamConnections }
                    : Refuse("max_active_downstream_connections: needs a number above 0");
            case FixedHeap or Connections:
                return model;
            default:
                return Refuse($"this proxy has no such monitor: it has {FixedHeap} and {Connections}");
        }

        OverloadModel Refuse(string text)
        {
            problems.Add(text);
            return model;
        }
    }

    private static IEnumerable<OverloadTrigger> Triggers(Envoy.Config.Overload.V3.OverloadAction message, OverloadModel model, Problems problems)
    {
        using var scope = problems.At($"actions[{message.Name}]");
        if (OverloadActions.Of(message.Name) is not { } action)
        {
            problems.Add($"this proxy has no such action: it has {string.Join(", ", OverloadActions.Names)}");
            yield break;
        }

        foreach (var trigger in message.Triggers)
        {
            if (trigger.Name != FixedHeap || model.MaxHeapBytes is null)
            {
                problems.Add($"triggers: '{trigger.Name}' must be {FixedHeap}, and that must be among resource_monitors");
            }
            else if (trigger.Threshold is not { Value: > 0 and <= 1 } threshold)
            {
                problems.Add("triggers: needs a threshold with a value above 0 and up to 1; scaled triggers are not supported");
            }
            else
            {
                yield return new OverloadTrigger(action, threshold.Value);
            }
        }
    }
}
