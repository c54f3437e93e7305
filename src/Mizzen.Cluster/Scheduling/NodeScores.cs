namespace Mizzen.Cluster.Scheduling;

/// <summary>Which of the possible nodes is best: what each plugin finds, from 0 to 100, times its weight (Kubernetes' default weights).</summary>
internal static class NodeScores
{
    private const double Most = 100;
    private const int TaintWeight = 3;
    private const int NodeAffinityWeight = 2;
    private const int SpreadWeight = 2;
    private const int PodAffinityWeight = 2;

    public static IReadOnlyList<double> Of(PodContext context, IReadOnlyList<NodeState> nodes)
    {
        var totals = new double[nodes.Count];
        Add(totals, nodes, TaintWeight, node => -TaintRules.Discouraging(context.Pod, node));
        Add(totals, nodes, NodeAffinityWeight, node => NodeAffinityRules.Preference(context.Pod, node));
        Add(totals, nodes, SpreadWeight, node => -context.Spread.Crowding(node));
        Add(totals, nodes, PodAffinityWeight, node => context.Affinity.Preference(node));
        for (var i = 0; i < totals.Length; i++)
        {
            totals[i] += LeastAllocated(context, nodes[i]) + Balanced(context, nodes[i]);
        }

        return totals;
    }

    // Over the whole range between the worst and the best node: where other apps have pods must not outweigh where this one has.
    private static void Add(double[] totals, IReadOnlyList<NodeState> nodes, int weight, Func<NodeState, double> score)
    {
        var raw = nodes.Select(score).ToArray();
        var (worst, best) = (raw.Min(), raw.Max());
        for (var i = 0; i < raw.Length && best > worst; i++)
        {
            totals[i] += weight * Most * (raw[i] - worst) / (best - worst);
        }
    }

    private static double LeastAllocated(PodContext context, NodeState node)
    {
        var (cpu, memory) = Fractions(context, node);
        return Most * ((1 - cpu) + (1 - memory)) / 2;
    }

    private static double Balanced(PodContext context, NodeState node)
    {
        var (cpu, memory) = Fractions(context, node);
        return Most * (1 - (Math.Abs(cpu - memory) / 2));
    }

    private static (double Cpu, double Memory) Fractions(PodContext context, NodeState node) =>
        (Fraction(node.ComparedCpu + context.Demand.ComparedCpu, node.Allocatable(PodDemand.Cpu)),
         Fraction(node.ComparedMemory + context.Demand.ComparedMemory, node.Allocatable(PodDemand.Memory)));

    private static double Fraction(decimal used, decimal total) => total <= 0 ? 1 : (double)Math.Min(1, used / total);
}
