namespace Mizzen.Resources.Validation;

/// <summary>The codes of what analyzers find between objects.</summary>
public static partial class IstioCodes
{
    /// <summary>A field, version or annotation of the past.</summary>
    public const string Deprecated = "IST0002";

    /// <summary>A namespace without a label that says whether its pods get proxies.</summary>
    public const string NamespaceNotInjected = "IST0102";

    /// <summary>A pod that should have a proxy and has none.</summary>
    public const string PodMissingProxy = "IST0103";

    /// <summary>An annotation on the wrong kind.</summary>
    public const string MisplacedAnnotation = "IST0107";

    /// <summary>An annotation of Istio's name that Istio does not have.</summary>
    public const string UnknownAnnotation = "IST0108";

    /// <summary>Services of the same pods that give one port different protocols.</summary>
    public const string DeploymentAssociatedToMultipleServices = "IST0116";

    /// <summary>Both injection labels on one namespace.</summary>
    public const string NamespaceMultipleInjectionLabels = "IST0123";

    /// <summary>An annotation whose value means nothing.</summary>
    public const string InvalidAnnotation = "IST0125";

    /// <summary>MeshNetworks that name an unknown cluster.</summary>
    public const string UnknownMeshNetworksServiceRegistry = "IST0126";

    /// <summary>Encryption without looking whose certificate it is.</summary>
    public const string NoServerCertificateVerificationDestinationLevel = "IST0128";

    /// <summary>The same for one port.</summary>
    public const string NoServerCertificateVerificationPortLevel = "IST0129";

    /// <summary>A ServiceEntry of a TCP port without addresses.</summary>
    public const string ServiceEntryAddressesRequired = "IST0134";

    /// <summary>An annotation of the past.</summary>
    public const string DeprecatedAnnotation = "IST0135";

    /// <summary>Services that give one port of the same pods different numbers.</summary>
    public const string DeploymentConflictingPorts = "IST0137";

    /// <summary>One certificate in several Gateways.</summary>
    public const string GatewayDuplicateCertificate = "IST0138";

    /// <summary>A webhook of a control plane that does not exist.</summary>
    public const string InvalidWebhook = "IST0139";

    /// <summary>Subsets of the mesh that a gateway's rule goes past.</summary>
    public const string IngressRouteRulesNotAffected = "IST0140";

    /// <summary>An app that runs as the proxy's user.</summary>
    public const string InvalidApplicationUID = "IST0144";

    /// <summary>A workload with image: auto that nothing replaces.</summary>
    public const string ImageAutoWithoutInjectionWarning = "IST0146";

    /// <summary>A pod with image: auto that nothing has replaced.</summary>
    public const string ImageAutoWithoutInjectionError = "IST0147";

    /// <summary>A namespace whose pods get proxies though nothing is said.</summary>
    public const string NamespaceInjectionEnabledByDefault = "IST0148";

    /// <summary>Routing by the claims of tokens that nobody checks.</summary>
    public const string JwtClaimBasedRoutingWithoutRequestAuthN = "IST0149";

    /// <summary>An ExternalName service with the name of a TCP port.</summary>
    public const string ExternalNameServiceTypeInvalidPortName = "IST0150";

    /// <summary>A patch that depends on the order of others.</summary>
    public const string EnvoyFilterUsesRelativeOperation = "IST0151";

    /// <summary>REPLACE where it does not work.</summary>
    public const string EnvoyFilterUsesReplaceOperationIncorrectly = "IST0152";

    /// <summary>ADD where it is ignored.</summary>
    public const string EnvoyFilterUsesAddOperationIncorrectly = "IST0153";

    /// <summary>REMOVE where it is ignored.</summary>
    public const string EnvoyFilterUsesRemoveOperationIncorrectly = "IST0154";

    /// <summary>A patch that depends on the order of others and on the proxy's version.</summary>
    public const string EnvoyFilterUsesRelativeOperationWithProxyVersion = "IST0155";

    /// <summary>Definitions of the Gateway API that are too old.</summary>
    public const string UnsupportedGatewayAPIVersion = "IST0156";

    /// <summary>Telemetry with empty providers.</summary>
    public const string InvalidTelemetryProvider = "IST0157";

    /// <summary>Proxies of another image than new pods get.</summary>
    public const string PodsIstioProxyImageMismatchInNamespace = "IST0158";

    /// <summary>Two Telemetries select the same pods.</summary>
    public const string ConflictingTelemetryWorkloadSelectors = "IST0159";

    /// <summary>A namespace has more than one Telemetry without a selector.</summary>
    public const string MultipleTelemetriesWithoutWorkloadSelectors = "IST0160";

    /// <summary>A Secret that holds no certificate.</summary>
    public const string InvalidGatewayCredential = "IST0161";

    /// <summary>The address of an external control plane is missing.</summary>
    public const string InvalidExternalControlPlaneConfig = "IST0163";

    /// <summary>The address of an external control plane is no name.</summary>
    public const string ExternalControlPlaneAddressIsNotAHostname = "IST0164";

    /// <summary>A reference to a Gateway that the mesh generated.</summary>
    public const string ReferencedInternalGateway = "IST0165";

    /// <summary>Labels that select the pods of a Kubernetes Gateway.</summary>
    public const string IneffectiveSelector = "IST0166";

    /// <summary>A policy bound to what does not exist.</summary>
    public const string IneffectivePolicy = "IST0167";

    /// <summary>A status that says that something is wrong.</summary>
    public const string NegativeConditionStatus = "IST0171";

    /// <summary>Definitions of the Gateway API that will be too old.</summary>
    public const string FutureUnsupportedGatewayAPIVersion = "IST0172";

    /// <summary>Keys that are fetched from anywhere.</summary>
    public const string JwksUriFetchUnrestricted = "IST0175";

    /// <summary>A definition of the Gateway API that is too old to be read.</summary>
    public const string GatewayAPICRDVersionBelowMinimum = "IST0176";

    /// <summary>ServiceEntries that disagree about a port.</summary>
    public const string ConflictingServiceEntryProtocol = "IST0177";
}
