using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>How a cluster chooses among its endpoints.</summary>
internal static class LoadBalancers
{
    private const double DefaultMinimumPercent = 10;

    public static void Set(Cluster cluster, LoadBalancerSettings? settings)
    {
        if (settings?.ConsistentHash is { } hash)
        {
            SetHash(cluster, hash);
            return;
        }

        switch (settings?.Simple)
        {
            case "ROUND_ROBIN":
                cluster.LbPolicy = Cluster.Types.LbPolicy.RoundRobin;
                cluster.RoundRobinLbConfig = SlowStart(settings) is { } slow ? new Cluster.Types.RoundRobinLbConfig { SlowStartConfig = slow } : null;
                break;
            case "RANDOM":
                cluster.LbPolicy = Cluster.Types.LbPolicy.Random;
                break;
            default:
                cluster.LbPolicy = Cluster.Types.LbPolicy.LeastRequest;
                cluster.LeastRequestLbConfig = SlowStart(settings) is { } start ? new Cluster.Types.LeastRequestLbConfig { SlowStartConfig = start } : null;
                break;
        }
    }

    private static void SetHash(Cluster cluster, ConsistentHashLB hash)
    {
        if (hash.Maglev is { } maglev)
        {
            cluster.LbPolicy = Cluster.Types.LbPolicy.Maglev;
            cluster.MaglevLbConfig = maglev.TableSize is > 0 and var size ? new Cluster.Types.MaglevLbConfig { TableSize = (ulong)size } : null;
            return;
        }

        cluster.LbPolicy = Cluster.Types.LbPolicy.RingHash;
        cluster.RingHashLbConfig = (hash.RingHash?.MinimumRingSize ?? hash.MinimumRingSize) is > 0 and var places
            ? new Cluster.Types.RingHashLbConfig { MinimumRingSize = (ulong)places }
            : null;
    }

    private static Cluster.Types.SlowStartConfig? SlowStart(LoadBalancerSettings? settings)
    {
        var window = settings?.Warmup?.Duration ?? settings?.WarmupDurationSecs;
        if (GoDuration.Parse(window) is not { } duration || duration <= TimeSpan.Zero)
        {
            return null;
        }

        return new Cluster.Types.SlowStartConfig
        {
            SlowStartWindow = Messages.Of(duration),
            MinWeightPercent = new Envoy.Type.V3.Percent { Value = settings!.Warmup?.MinimumPercent ?? DefaultMinimumPercent },
            Aggression = settings.Warmup?.Aggression is { } aggression ? new RuntimeDouble { DefaultValue = aggression } : null,
        };
    }
}
