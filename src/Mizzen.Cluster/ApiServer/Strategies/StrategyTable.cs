using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.Expressions;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Which kind has which particularities.</summary>
internal sealed class StrategyTable(ObjectStore store, ExpressionLibrary expressions, string authorityPem, TimeProvider clock)
{
    private readonly Dictionary<ResourceName, KindStrategy> _strategies = new()
    {
        [NamespaceStrategy.Resource] = new NamespaceStrategy(store, authorityPem, clock),
        [PodStrategy.Resource] = new PodStrategy(store),
        [ServiceStrategy.Resource] = new ServiceStrategy(store),
        [new ResourceName("", "secrets")] = new SecretStrategy(),
        [new ResourceName("", "nodes")] = new NodeStrategy(),
        [new ResourceName("apps", "deployments")] = new WorkloadStrategy(rolling: true),
        [new ResourceName("apps", "replicasets")] = new WorkloadStrategy(rolling: false),
        [new ResourceName("apps", "daemonsets")] = new DaemonSetStrategy(),
        [new ResourceName("apps", "statefulsets")] = new StatefulSetStrategy(),
        [new ResourceName("batch", "jobs")] = new JobStrategy(),
        [new ResourceName("policy", "poddisruptionbudgets")] = new DisruptionBudgetStrategy(),
        [KindRegistry.Definitions] = new DefinitionStrategy(store, new SchemaRules(expressions), clock),
        [new ResourceName("admissionregistration.k8s.io", "mutatingwebhookconfigurations")] = new WebhookStrategy(mutating: true, expressions),
        [new ResourceName("admissionregistration.k8s.io", "validatingwebhookconfigurations")] = new WebhookStrategy(mutating: false, expressions),
    };

    /// <summary>The kinds whose writes go one at a time.</summary>
    public IEnumerable<ResourceName> Allocating => _strategies.Where(pair => pair.Value.Allocates).Select(pair => pair.Key);

    public KindStrategy Of(ServedKind kind) => Of(kind.Storage);

    public KindStrategy Of(ResourceName resource) => _strategies.GetValueOrDefault(resource, PlainStrategy.Instance);
}
