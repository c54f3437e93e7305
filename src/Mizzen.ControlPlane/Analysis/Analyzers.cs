using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>One way to look for mistakes.</summary>
/// <param name="Name">Istio's name where it has one, for example <c>virtualservice.DestinationHostAnalyzer</c>.</param>
/// <param name="Description">What it looks for.</param>
/// <param name="Codes">The codes of what it finds.</param>
/// <param name="Run">Looks.</param>
public sealed record Analyzer(string Name, string Description, IReadOnlyList<string> Codes, Func<AnalysisInput, IEnumerable<Problem>> Run);

/// <summary>Every analyzer: the one list behind <c>analyze</c>, its <c>--list-analyzers</c> and docs/errors.md.</summary>
public static class Analyzers
{
    /// <summary>The analyzers, by name.</summary>
    public static IReadOnlyList<Analyzer> All { get; } =
    [
        new("annotations.K8sAnalyzer", "Unknown, misplaced, invalid and deprecated annotations of Istio's", [IstioCodes.MisplacedAnnotation, IstioCodes.UnknownAnnotation, IstioCodes.InvalidAnnotation, IstioCodes.DeprecatedAnnotation], AnnotationAnalysis.Of),
        new("authn.JwksAnalyzer", "RequestAuthentications that make the control plane fetch keys from anywhere", [IstioCodes.JwksUriFetchUnrestricted], PolicyReachAnalysis.Keys),
        new("authz.AuthorizationPoliciesAnalyzer", "AuthorizationPolicies that name namespaces which do not exist", [IstioCodes.ReferencedResourceNotFound], PolicyReachAnalysis.Namespaces),
        new("conditions.ConditionAnalyzer", "Objects whose status says that something is wrong with them", [IstioCodes.NegativeConditionStatus], ConditionAnalysis.Of),
        new("deployment.MultiServiceAnalyzer", "Workloads behind several services that contradict each other about a port", [IstioCodes.DeploymentAssociatedToMultipleServices, IstioCodes.DeploymentConflictingPorts], DeploymentAnalysis.Services),
        new("deployment.ApplicationUIDAnalyzer", "Apps that run as the user of the proxy", [IstioCodes.InvalidApplicationUID], DeploymentAnalysis.Users),
        new("deprecation.DeprecationAnalyzer", "Deprecated fields and versions", [IstioCodes.Deprecated], DeprecationAnalysis.Of),
        new("destinationrule.DestinationRuleAnalyzer", "DestinationRules for unknown hosts, with subsets without pods, or hidden by older ones", [IstioCodes.UnknownDestinationRuleHost, IstioCodes.DestinationRuleSubsetNotSelectPods, IstioCodes.Shadowed], input => DestinationRuleAnalysis.Of(input.Mesh)),
        new("destinationrule.CaCertificateAnalyzer", "Encryption without looking whose certificate it is", [IstioCodes.NoServerCertificateVerificationDestinationLevel, IstioCodes.NoServerCertificateVerificationPortLevel], ServerVerificationAnalysis.Of),
        new("envoyfilter.EnvoyPatchAnalyzer", "EnvoyFilters whose patches depend on others, or have no effect", [IstioCodes.EnvoyFilterUsesRelativeOperation, IstioCodes.EnvoyFilterUsesReplaceOperationIncorrectly, IstioCodes.EnvoyFilterUsesAddOperationIncorrectly, IstioCodes.EnvoyFilterUsesRemoveOperationIncorrectly, IstioCodes.EnvoyFilterUsesRelativeOperationWithProxyVersion], EnvoyFilterAnalysis.Of),
        new("externalcontrolplane.ExternalControlPlaneAnalyzer", "Webhooks of a control plane outside of the cluster", [IstioCodes.InvalidExternalControlPlaneConfig, IstioCodes.ExternalControlPlaneAddressIsNotAHostname], WebhookAnalysis.External),
        new("gateway.CertificateAnalyzer", "One certificate in several Gateways", [IstioCodes.GatewayDuplicateCertificate], CredentialAnalysis.Duplicates),
        new("gateway.GatewayAnalyzer", "Gateways without pods, ports that nobody can dial, servers that exclude each other", [IstioCodes.NoMatchingWorkloadsFound, IstioCodes.GatewayPortNotDefinedOnService, IstioCodes.ConflictingGateways], input => GatewayAnalysis.Of(input.Mesh)),
        new("gateway.SecretAnalyzer", "Gateways whose Secret does not exist or holds no certificate", [IstioCodes.ReferencedResourceNotFound, IstioCodes.InvalidGatewayCredential], CredentialAnalysis.Of),
        new("injection.Analyzer", "Namespaces and pods that should have a proxy and have none", [IstioCodes.NamespaceNotInjected, IstioCodes.PodMissingProxy, IstioCodes.NamespaceMultipleInjectionLabels, IstioCodes.NamespaceInjectionEnabledByDefault], InjectionAnalysis.Of),
        new("injection.ImageAnalyzer", "Proxies of another version than new pods get", [IstioCodes.PodsIstioProxyImageMismatchInNamespace], InjectionAnalysis.Images),
        new("injection.ImageAutoAnalyzer", "image: auto where nothing replaces it", [IstioCodes.ImageAutoWithoutInjectionWarning, IstioCodes.ImageAutoWithoutInjectionError], InjectionAnalysis.AutoImages),
        new("k8sgateway.ConditionAnalyzer", "What the statuses of Gateways, ListenerSets, routes and BackendTLSPolicies will say against them", [IstioCodes.ReferencedResourceNotFound, IstioCodes.NotSupported, IstioCodes.SchemaWarning], GatewayConditionAnalysis.Of),
        new("k8sgateway.DefinitionAnalyzer", "CustomResourceDefinitions of the Gateway API that are too old", [IstioCodes.UnsupportedGatewayAPIVersion, IstioCodes.FutureUnsupportedGatewayAPIVersion, IstioCodes.GatewayAPICRDVersionBelowMinimum], DefinitionAnalysis.Of),
        new("k8sgateway.SelectorAnalyzer", "Policies that select the pods of a Kubernetes Gateway by labels", [IstioCodes.IneffectiveSelector], PolicyReachAnalysis.Selectors),
        new("k8sgateway.IneffectivePolicyAnalyzer", "Policies attached to what does not exist", [IstioCodes.IneffectivePolicy], PolicyReachAnalysis.Targets),
        new("multicluster.MeshNetworksAnalyzer", "MeshNetworks that name unknown clusters", [IstioCodes.UnknownMeshNetworksServiceRegistry], MeshNetworksAnalysis.Of),
        new("policy.WorkloadAnalyzer", "Policies that select no pod, or ask for what this mesh does not do", [IstioCodes.NoMatchingWorkloadsFound, IstioCodes.NotSupported], input => PolicyAnalysis.Of(input.Mesh).Concat(PolicyReachAnalysis.Workloads(input))),
        new("service.PortNameAnalyzer", "Ports whose protocol nobody names, and services that only their port tells apart", [IstioCodes.PortNameIsNotUnderNamingConvention, IstioCodes.ConflictingListeners], input => ServiceAnalysis.Of(input.Mesh)),
        new("service.ExternalNameAnalyzer", "ExternalName services with names of TCP ports", [IstioCodes.ExternalNameServiceTypeInvalidPortName], DeploymentAnalysis.ExternalNames),
        new("serviceentry.ServiceEntryAnalyzer", "ServiceEntries that need addresses, or contradict each other", [IstioCodes.ServiceEntryAddressesRequired, IstioCodes.ConflictingServiceEntryProtocol], ServiceEntryAnalysis.Of),
        new("sidecar.SelectorAnalyzer", "Sidecars that want the same pods", [IstioCodes.ConflictingSidecarWorkloadSelectors, IstioCodes.MultipleSidecarsWithoutWorkloadSelectors, IstioCodes.NoMatchingWorkloadsFound], input => SidecarAnalysis.Of(input.Mesh)),
        new("support.UnsupportedFieldsAnalyzer", "Settings that this mesh does not act on", [IstioCodes.NotSupported], input => UnsupportedFields.Of(input.Mesh)),
        new("telemetry.ProviderAnalyzer", "Telemetry with empty providers", [IstioCodes.InvalidTelemetryProvider], TelemetryAnalysis.Providers),
        new("telemetry.SelectorAnalyzer", "Telemetry that wants the same pods", [IstioCodes.ConflictingTelemetryWorkloadSelectors, IstioCodes.MultipleTelemetriesWithoutWorkloadSelectors], TelemetryAnalysis.Selectors),
        new("virtualservice.ConflictingMeshGatewayHostsAnalyzer", "VirtualServices that claim one host", [IstioCodes.ConflictingMeshGatewayVirtualServiceHosts], input => HiddenRules.Of(input.Mesh)),
        new("virtualservice.DestinationHostAnalyzer", "Hosts, ports, subsets, gateways and delegates that VirtualServices refer to", [IstioCodes.ReferencedResourceNotFound, IstioCodes.VirtualServiceDestinationPortSelectorRequired, IstioCodes.VirtualServiceHostNotFoundInGateway], input => VirtualServiceAnalysis.Of(input.Mesh)),
        new("virtualservice.GatewayAnalyzer", "Rules that have no effect at gateways", [IstioCodes.IngressRouteRulesNotAffected, IstioCodes.ReferencedInternalGateway], GatewayRuleAnalysis.Of),
        new("virtualservice.JWTClaimRouteAnalyzer", "Routing by claims where nothing checks the token", [IstioCodes.JwtClaimBasedRoutingWithoutRequestAuthN], GatewayRuleAnalysis.Claims),
        new("webhook.Analyzer", "Webhooks of a control plane that does not exist", [IstioCodes.InvalidWebhook], WebhookAnalysis.Of),
    ];

    /// <summary>Everything that is found, by object and field; what is wrong with single objects (<see cref="IstioValidation"/>) is not part of it.</summary>
    public static IReadOnlyList<Problem> Run(AnalysisInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return
        [
            .. All.SelectMany(analyzer => analyzer.Run(input)).Distinct()
                .OrderBy(problem => problem.Key?.ToString() ?? "", StringComparer.Ordinal)
                .ThenBy(problem => problem.Path, StringComparer.Ordinal)
                .ThenBy(problem => problem.Code, StringComparer.Ordinal),
        ];
    }
}
