namespace Mizzen.Resources.Validation;

/// <summary>How much a finding matters, in Istio's words.</summary>
public enum IstioLevel
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>Works, but probably not as meant.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Error,
}

/// <summary>The codes of findings about Istio's objects: Istio's own where it has one.</summary>
public static partial class IstioCodes
{
    /// <summary>Something that is referred to does not exist.</summary>
    public const string ReferencedResourceNotFound = "IST0101";

    /// <summary>The object breaks a rule of its kind; admission refuses it.</summary>
    public const string SchemaValidationError = "IST0106";

    /// <summary>Several VirtualServices claim one host of the mesh.</summary>
    public const string ConflictingMeshGatewayVirtualServiceHosts = "IST0109";

    /// <summary>Two Sidecars select the same pods.</summary>
    public const string ConflictingSidecarWorkloadSelectors = "IST0110";

    /// <summary>A namespace has more than one Sidecar without a selector.</summary>
    public const string MultipleSidecarsWithoutWorkloadSelectors = "IST0111";

    /// <summary>A route to a service of several ports does not say which.</summary>
    public const string VirtualServiceDestinationPortSelectorRequired = "IST0112";

    /// <summary>The name of a service's port tells no protocol.</summary>
    public const string PortNameIsNotUnderNamingConvention = "IST0118";

    /// <summary>A selector selects no pod.</summary>
    public const string NoMatchingWorkloadsFound = "IST0127";

    /// <summary>A rule that no request can reach.</summary>
    public const string VirtualServiceUnreachableRule = "IST0130";

    /// <summary>A condition that an earlier rule has already taken.</summary>
    public const string VirtualServiceIneffectiveMatch = "IST0131";

    /// <summary>A host that the gateway does not serve.</summary>
    public const string VirtualServiceHostNotFoundInGateway = "IST0132";

    /// <summary>The object is allowed, but says something that has no or another effect than it seems.</summary>
    public const string SchemaWarning = "IST0133";

    /// <summary>Servers of gateways that exclude each other.</summary>
    public const string ConflictingGateways = "IST0145";

    /// <summary>A gateway's port that its Service does not open.</summary>
    public const string GatewayPortNotDefinedOnService = "IST0162";

    /// <summary>A subset whose labels no pod has.</summary>
    public const string DestinationRuleSubsetNotSelectPods = "IST0173";

    /// <summary>A DestinationRule for a host that nothing defines.</summary>
    public const string UnknownDestinationRuleHost = "IST0174";

    /// <summary>A field that the kind does not have.</summary>
    public const string UnknownField = "MZ0004";

    /// <summary>A kind or version that nobody serves.</summary>
    public const string UnknownKind = "MZ0005";

    /// <summary>A field that Istio has and this mesh does not act on yet.</summary>
    public const string NotSupported = "MZ0201";

    /// <summary>Another object of the same host comes first, so this one has no effect there.</summary>
    public const string Shadowed = "MZ0202";

    /// <summary>Two services want the same address and port of a sidecar.</summary>
    public const string ConflictingListeners = "MZ0203";

    /// <summary>A policy asks a provider that cannot be asked.</summary>
    public const string ReferencedProviderNotUsable = "MZ0205";

    /// <summary>A patch of an EnvoyFilter that the proxies here cannot have.</summary>
    public const string PatchNotApplied = "MZ0206";

    /// <summary>The keys of an issuer of tokens could not be fetched.</summary>
    public const string KeysNotFetched = "MZ0204";

    private static readonly Dictionary<string, IstioLevel> Levels = new(StringComparer.Ordinal)
    {
        [PortNameIsNotUnderNamingConvention] = IstioLevel.Info,
        [VirtualServiceIneffectiveMatch] = IstioLevel.Info,
        [NoMatchingWorkloadsFound] = IstioLevel.Warning,
        [VirtualServiceUnreachableRule] = IstioLevel.Warning,
        [VirtualServiceHostNotFoundInGateway] = IstioLevel.Warning,
        [SchemaWarning] = IstioLevel.Warning,
        [GatewayPortNotDefinedOnService] = IstioLevel.Warning,
        [UnknownDestinationRuleHost] = IstioLevel.Warning,
        [NotSupported] = IstioLevel.Warning,
        [Shadowed] = IstioLevel.Warning,
        [ConflictingListeners] = IstioLevel.Warning,
        [KeysNotFetched] = IstioLevel.Warning,
        [Deprecated] = IstioLevel.Warning,
        [PodMissingProxy] = IstioLevel.Warning,
        [MisplacedAnnotation] = IstioLevel.Warning,
        [UnknownAnnotation] = IstioLevel.Warning,
        [DeploymentAssociatedToMultipleServices] = IstioLevel.Warning,
        [NamespaceMultipleInjectionLabels] = IstioLevel.Warning,
        [InvalidAnnotation] = IstioLevel.Warning,
        [NoServerCertificateVerificationDestinationLevel] = IstioLevel.Warning,
        [NoServerCertificateVerificationPortLevel] = IstioLevel.Warning,
        [ServiceEntryAddressesRequired] = IstioLevel.Warning,
        [DeploymentConflictingPorts] = IstioLevel.Warning,
        [GatewayDuplicateCertificate] = IstioLevel.Warning,
        [IngressRouteRulesNotAffected] = IstioLevel.Warning,
        [InvalidApplicationUID] = IstioLevel.Warning,
        [ImageAutoWithoutInjectionWarning] = IstioLevel.Warning,
        [ExternalNameServiceTypeInvalidPortName] = IstioLevel.Warning,
        [EnvoyFilterUsesRelativeOperation] = IstioLevel.Warning,
        [EnvoyFilterUsesRelativeOperationWithProxyVersion] = IstioLevel.Warning,
        [InvalidTelemetryProvider] = IstioLevel.Warning,
        [PodsIstioProxyImageMismatchInNamespace] = IstioLevel.Warning,
        [InvalidExternalControlPlaneConfig] = IstioLevel.Warning,
        [ReferencedInternalGateway] = IstioLevel.Warning,
        [IneffectiveSelector] = IstioLevel.Warning,
        [IneffectivePolicy] = IstioLevel.Warning,
        [NegativeConditionStatus] = IstioLevel.Warning,
        [FutureUnsupportedGatewayAPIVersion] = IstioLevel.Warning,
        [JwksUriFetchUnrestricted] = IstioLevel.Warning,
        [GatewayAPICRDVersionBelowMinimum] = IstioLevel.Warning,
        [ConflictingServiceEntryProtocol] = IstioLevel.Warning,
        [NamespaceNotInjected] = IstioLevel.Info,
        [DeprecatedAnnotation] = IstioLevel.Info,
        [NamespaceInjectionEnabledByDefault] = IstioLevel.Info,
        [ExternalControlPlaneAddressIsNotAHostname] = IstioLevel.Info,
        [ReferencedProviderNotUsable] = IstioLevel.Warning,
    };

    /// <summary>How much a finding of that code matters.</summary>
    public static IstioLevel LevelOf(string code) => Levels.GetValueOrDefault(code, IstioLevel.Error);

    /// <summary>Whether an object with such a finding is refused.</summary>
    public static bool IsError(string code) => LevelOf(code) == IstioLevel.Error;
}
