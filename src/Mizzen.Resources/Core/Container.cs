using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>One program of a pod (<c>core/v1</c> Container).</summary>
public sealed record Container
{
    public required string Name { get; init; }

    public string? Image { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public string? WorkingDir { get; init; }

    [ListMap("containerPort", "protocol")]
    [PatchMerge("containerPort")]
    public IReadOnlyList<ContainerPort>? Ports { get; init; }

    public IReadOnlyList<EnvFromSource>? EnvFrom { get; init; }

    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<EnvVar>? Env { get; init; }

    public ResourceRequirements? Resources { get; init; }

    public IReadOnlyList<JsonElement>? ResizePolicy { get; init; }

    /// <summary><c>Always</c> makes an init container a sidecar that runs beside the app.</summary>
    public string? RestartPolicy { get; init; }

    [ListMap("mountPath")]
    [PatchMerge("mountPath")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }

    public IReadOnlyList<JsonElement>? VolumeDevices { get; init; }

    public Probe? LivenessProbe { get; init; }

    public Probe? ReadinessProbe { get; init; }

    public Probe? StartupProbe { get; init; }

    public Lifecycle? Lifecycle { get; init; }

    public string? TerminationMessagePath { get; init; }

    public string? TerminationMessagePolicy { get; init; }

    [AllowedValues("Always", "Never", "IfNotPresent")]
    public string? ImagePullPolicy { get; init; }

    public SecurityContext? SecurityContext { get; init; }

    public bool? Stdin { get; init; }

    public bool? StdinOnce { get; init; }

    public bool? Tty { get; init; }

    /// <summary>Only of ephemeral containers.</summary>
    public string? TargetContainerName { get; init; }
}

public sealed record ContainerPort
{
    public string? Name { get; init; }

    public int? HostPort { get; init; }

    /// <summary>The port, <c>containerPort</c> in the API; a member may not be named like its type.</summary>
    [JsonPropertyName("containerPort")]
    public int Port { get; init; }

    [Default("TCP")]
    public string? Protocol { get; init; }

    [JsonPropertyName("hostIP")]
    public string? HostIp { get; init; }
}

public sealed record EnvVar
{
    public required string Name { get; init; }

    public string? Value { get; init; }

    public EnvVarSource? ValueFrom { get; init; }
}

public sealed record EnvVarSource
{
    public ObjectFieldSelector? FieldRef { get; init; }

    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    public KeySelector? ConfigMapKeyRef { get; init; }

    public KeySelector? SecretKeyRef { get; init; }
}

public sealed record EnvFromSource
{
    public string? Prefix { get; init; }

    public OptionalReference? ConfigMapRef { get; init; }

    public OptionalReference? SecretRef { get; init; }
}

public sealed record OptionalReference
{
    public string? Name { get; init; }

    public bool? Optional { get; init; }
}

[AtomicMap]
public sealed record ObjectFieldSelector
{
    public string? ApiVersion { get; init; }

    public required string FieldPath { get; init; }
}

[AtomicMap]
public sealed record ResourceFieldSelector
{
    public string? ContainerName { get; init; }

    public required string Resource { get; init; }

    public string? Divisor { get; init; }
}

/// <summary>A key of a ConfigMap or Secret.</summary>
[AtomicMap]
public sealed record KeySelector
{
    public string? Name { get; init; }

    public required string Key { get; init; }

    public bool? Optional { get; init; }
}

public sealed record ResourceRequirements
{
    [Quantities]
    public IReadOnlyDictionary<string, IntOrString>? Limits { get; init; }

    [Quantities]
    public IReadOnlyDictionary<string, IntOrString>? Requests { get; init; }

    public IReadOnlyList<JsonElement>? Claims { get; init; }
}

public sealed record VolumeMount
{
    public required string Name { get; init; }

    public bool? ReadOnly { get; init; }

    public string? RecursiveReadOnly { get; init; }

    public required string MountPath { get; init; }

    public string? SubPath { get; init; }

    public string? MountPropagation { get; init; }

    public string? SubPathExpr { get; init; }
}

/// <summary>How the node asks a container whether it is well (<c>core/v1</c> Probe).</summary>
public sealed record Probe
{
    public ExecAction? Exec { get; init; }

    public HttpGetAction? HttpGet { get; init; }

    public TcpSocketAction? TcpSocket { get; init; }

    public GrpcAction? Grpc { get; init; }

    public int? InitialDelaySeconds { get; init; }

    public int? TimeoutSeconds { get; init; }

    public int? PeriodSeconds { get; init; }

    public int? SuccessThreshold { get; init; }

    public int? FailureThreshold { get; init; }

    public long? TerminationGracePeriodSeconds { get; init; }
}

public sealed record ExecAction
{
    public IReadOnlyList<string>? Command { get; init; }
}

public sealed record HttpGetAction
{
    public string? Path { get; init; }

    public IntOrString Port { get; init; }

    public string? Host { get; init; }

    public string? Scheme { get; init; }

    public IReadOnlyList<HttpHeader>? HttpHeaders { get; init; }
}

public sealed record HttpHeader
{
    public required string Name { get; init; }

    public string? Value { get; init; }
}

public sealed record TcpSocketAction
{
    public IntOrString Port { get; init; }

    public string? Host { get; init; }
}

public sealed record GrpcAction
{
    public int Port { get; init; }

    public string? Service { get; init; }
}

public sealed record Lifecycle
{
    public LifecycleHandler? PostStart { get; init; }

    public LifecycleHandler? PreStop { get; init; }

    public string? StopSignal { get; init; }
}

public sealed record LifecycleHandler
{
    public ExecAction? Exec { get; init; }

    public HttpGetAction? HttpGet { get; init; }

    public TcpSocketAction? TcpSocket { get; init; }

    public JsonElement? Sleep { get; init; }
}

public sealed record SecurityContext
{
    public Capabilities? Capabilities { get; init; }

    public bool? Privileged { get; init; }

    public long? RunAsUser { get; init; }

    public long? RunAsGroup { get; init; }

    public bool? RunAsNonRoot { get; init; }

    public bool? ReadOnlyRootFilesystem { get; init; }

    public bool? AllowPrivilegeEscalation { get; init; }

    public string? ProcMount { get; init; }

    public JsonElement? SeLinuxOptions { get; init; }

    public JsonElement? WindowsOptions { get; init; }

    public JsonElement? SeccompProfile { get; init; }

    public JsonElement? AppArmorProfile { get; init; }
}

public sealed record Capabilities
{
    public IReadOnlyList<string>? Add { get; init; }

    public IReadOnlyList<string>? Drop { get; init; }
}
